// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/session.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "base/path.h"
#include "base/status.h"

namespace berth::cli {
namespace {

constexpr char kSocketName[] = "docker.sock";
constexpr char kAddressKey[] = "docker.address";
constexpr char kOff[] = "off";
constexpr size_t kMaxConfig = 1 << 20;

// What the daemon says of itself; nothing where it is another than berthd, or does not answer.
std::optional<std::string> AskForEngine(const std::string& address) {
  constexpr absl::Duration kTimeout = absl::Seconds(10);
  const absl::StatusOr<Client> client = Client::Connect(address);
  if (!client.ok()) {
    return std::nullopt;
  }
  v1::StatusRequest request;
  request.set_verbose(true);
  const absl::StatusOr<v1::StatusResponse> status = client->Call(
      &Client::Runtime::Status, request, "asking where docker's API is served", kTimeout);
  if (!status.ok()) {
    return std::nullopt;
  }
  const auto text = status->info().find("config");
  if (text == status->info().end()) {
    return std::nullopt;
  }
  const absl::StatusOr<berth::Json> config = ParseJson(text->second, kMaxConfig);
  return config.ok() ? JsonString(*config, kAddressKey) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> Session::EngineSocket() const {
  ASSIGN_OR_RETURN(const std::string own, SocketPath(address));
  absl::MutexLock lock(&mutex_);
  if (!engine_socket_.has_value()) {
    const std::optional<std::string> said = AskForEngine(address);
    engine_socket_ = said == kOff ? "" : said.value_or(JoinPath(ParentPath(own), kSocketName));
  }
  return *engine_socket_;
}

absl::StatusOr<EngineClient> Session::Engine() const {
  ASSIGN_OR_RETURN(std::string path, EngineSocket());
  if (path.empty()) {
    return absl::UnavailableError(absl::StrCat("the daemon at ", address,
                                               " serves no Engine API: its key ", kAddressKey,
                                               " is \"", kOff, "\""));
  }
  return EngineClient(std::move(path));
}

}  // namespace berth::cli
