// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_client.h"

#include <cctype>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "cri/cli/engine_exchange.h"

namespace berth::cli {
namespace {

void AppendEscaped(std::string& text, absl::string_view part, absl::string_view safe) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || absl::StrContains(safe, absl::string_view(&c, 1))) {
      text += c;
    } else {
      text += {'%', kDigits[byte >> 4], kDigits[byte & 0xf]};
    }
  }
}

}  // namespace

std::string EngineTarget(const std::vector<std::string>& path,
                         const std::vector<std::pair<std::string, std::string>>& query) {
  std::string target;
  AppendEscaped(target, absl::StrJoin(path, "/"), "/-._~:@");
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (!value.empty()) {
      target += std::exchange(separator, '&');
      absl::StrAppend(&target, name, "=");
      AppendEscaped(target, value, "-._~");
    }
  }
  return target;
}

absl::StatusOr<std::string> EngineClient::Ask(const EngineCall& call) const {
  std::string answer;
  RETURN_IF_ERROR(Stream(call, [&](absl::string_view bytes) {
    if (answer.size() + bytes.size() > kMaxEngineAnswer) {
      return absl::ResourceExhaustedError("the daemon's answer is too long");
    }
    absl::StrAppend(&answer, bytes);
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<berth::Json> EngineClient::AskJson(const EngineCall& call) const {
  ASSIGN_OR_RETURN(const std::string answer, Ask(call));
  return ParseJson(answer, kMaxEngineAnswer);
}

absl::StatusOr<std::string> EngineClient::AskHeader(const EngineCall& call,
                                                    const std::string& name) const {
  EngineExchange exchange(call);
  RETURN_IF_ERROR(exchange.Run(socket_path_, [](absl::string_view) { return absl::OkStatus(); }));
  return exchange.Header(name);
}

absl::Status EngineClient::Stream(const EngineCall& call, const Sink& sink,
                                  const Idle& idle) const {
  return EngineExchange(call, idle).Run(socket_path_, sink);
}

}  // namespace berth::cli
