// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/start_refusal.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berth::cri {
namespace {

constexpr char kNotFound[] = "executable file not found in $PATH";
constexpr char kNotExecutable[] = "permission denied";
constexpr int32_t kNotFoundCode = 127;
constexpr int32_t kNotExecutableCode = 126;
constexpr int32_t kFailedCode = 128;

}  // namespace

absl::Status StartRefusal(const absl::Status& status, absl::string_view what,
                          const std::string& program) {
  const absl::string_view message = status.message();
  const bool other_runtime_says = absl::StrContains(message, "not found in $PATH");
  if (!other_runtime_says && !absl::StrContains(message, ": execute") &&
      !absl::StartsWith(message, "execute")) {
    return status;
  }
  const bool absent = other_runtime_says || absl::StrContains(message, "No such file or directory");
  const bool refused = absl::StrContains(message, "Permission denied") ||
                       absl::StrContains(message, "Exec format error") ||
                       absl::StrContains(message, "Is a directory");
  if (!absent && !refused) {
    return status;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(what, "exec: \"", program, "\": ", absent ? kNotFound : kNotExecutable));
}

int32_t CodeOfRefusal(const absl::Status& refusal) {
  return absl::StrContains(refusal.message(), kNotFound)        ? kNotFoundCode
         : absl::StrContains(refusal.message(), kNotExecutable) ? kNotExecutableCode
                                                                : kFailedCode;
}

}  // namespace berth::cri
