// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/command_status.h"

#include "absl/strings/str_cat.h"

#include "base/json.h"

namespace berth::cri {
namespace {

constexpr int kFirstWithJson = 4;

std::string Text(const absl::StatusOr<int32_t>& exit_code) {
  if (!exit_code.ok()) {
    return std::string(exit_code.status().message());
  }
  return *exit_code == 0 ? "" : absl::StrCat("command terminated with exit code ", *exit_code);
}

Json Object(const absl::StatusOr<int32_t>& exit_code) {
  Json status = {{"metadata", Json::object()}, {"status", "Success"}};
  if (exit_code.ok() && *exit_code == 0) {
    return status;
  }
  status["status"] = "Failure";
  if (!exit_code.ok()) {
    status["reason"] = "InternalError";
    status["message"] = exit_code.status().message();
    status["code"] = 500;
    return status;
  }
  const std::string code = std::to_string(*exit_code);
  const Json cause = {{"reason", "ExitCode"}, {"message", code}};
  status["reason"] = "NonZeroExitCode";
  status["message"] = "command terminated with non-zero exit code: exit status " + code;
  status["details"] = {{"causes", Json::array({cause})}};
  return status;
}

}  // namespace

std::string CommandStatus(const absl::StatusOr<int32_t>& exit_code, int version) {
  if (version < kFirstWithJson) {
    return Text(exit_code);
  }
  return FormatJson(Object(exit_code));
}

}  // namespace berth::cri
