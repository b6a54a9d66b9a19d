// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_outcome.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"

#include "base/json.h"

namespace berth::cli {

absl::StatusOr<int> ReadCommandOutcome(absl::string_view json) {
  const absl::StatusOr<berth::Json> status = ParseJson(json, kMaxOutcome);
  if (!status.ok()) {
    return absl::UnavailableError(
        "the daemon ended the stream without saying how the command ended");
  }
  if (JsonString(*status, "status") == "Success") {
    return 0;
  }
  for (const berth::Json& cause : JsonArray(JsonObject(*status, "details"), "causes")) {
    int code = 0;
    if (JsonString(cause, "reason") == "ExitCode" &&
        absl::SimpleAtoi(JsonString(cause, "message").value_or(""), &code)) {
      return code;
    }
  }
  return absl::InternalError(JsonString(*status, "message").value_or("the command failed"));
}

}  // namespace berth::cli
