// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_credentials.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/call.h"
#include "base/json.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/images.h"
#include "cri/engine_head.h"
#include "imageservice/registry/docker_config.h"

namespace berth::cli {
namespace {

constexpr char kHeader[] = "X-Registry-Config";
constexpr size_t kOfTheClient = 1024;  // bytes of the head that every call has
constexpr size_t kAroundHeader = 4;    // ": " and the end of the line

}  // namespace

RegistryConfig FormatRegistryConfig(const std::map<std::string, imageservice::Credentials>& known,
                                    size_t room) {
  const size_t limit = room / 4 * 3;  // before base64
  size_t size = 2;
  RegistryConfig config;
  berth::Json json = berth::Json::object();
  for (const auto& [registry, credentials] : known) {
    berth::Json each = AuthConfigOf(credentials);
    const size_t more = FormatJson(registry).size() + FormatJson(each).size() + 2;  // ":" and ","
    if (size + more > limit) {
      config.left_out.push_back(registry);
      continue;
    }
    size += more;
    json[registry] = std::move(each);
  }
  config.header = json.empty() ? "" : absl::WebSafeBase64Escape(FormatJson(json));
  return config;
}

size_t RoomInHead(const EngineCall& call) {
  size_t used = kOfTheClient + call.target.size() + sizeof(kHeader) + kAroundHeader;
  for (const auto& [name, value] : call.headers) {
    used += name.size() + value.size() + kAroundHeader;
  }
  return cri::kMaxEngineHead - std::min(used, cri::kMaxEngineHead);
}

void AddCredentials(EngineCall& call) {
  const imageservice::KnownCredentials known =
      imageservice::ListCredentials(Call::WithTimeout(kHelperTimeout), OwnEnvironment());
  for (const std::string& failure : known.failures) {
    PrintError(absl::UnknownError(absl::StrCat("passed over: ", failure)));
  }
  const RegistryConfig config = FormatRegistryConfig(known.by_registry, RoomInHead(call));
  if (!config.left_out.empty()) {
    PrintError(absl::ResourceExhaustedError(absl::StrCat(
        "passed over: the credentials of ", absl::StrJoin(config.left_out, ", "),
        ": a request has no room for so many\n  DOCKER_CONFIG or REGISTRY_AUTH_FILE may name "
        "fewer")));
  }
  if (!config.header.empty()) {
    call.headers.emplace_back(kHeader, config.header);
  }
}

}  // namespace berth::cli
