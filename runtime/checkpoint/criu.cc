// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/criu.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/command.h"
#include "base/file.h"
#include "base/leftover_programs.h"
#include "base/status.h"
#include "runtime/checkpoint/criu_arguments.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxLog = 16 << 20;
constexpr char kContainerVariable[] = "BERTH_CHECKPOINT_OF=";  // tells whose it is
constexpr absl::Duration kFinishTime = absl::Seconds(5);

}  // namespace

absl::Status RunCriu(const Call& call, const std::string& container_id,
                     const std::vector<std::string>& arguments, const std::string& log) {
  const std::string& criu = arguments.front();
  Command command;
  command.arguments = arguments;
  command.environment = {kHostPath, absl::StrCat(kContainerVariable, container_id)};
  const absl::StatusOr<CommandResult> result = RunCommand(call, command);
  if (absl::IsNotFound(result.status())) {
    return absl::UnimplementedError(absl::StrCat("criu is not installed: there is no ", criu,
                                                 " (key criu of table checkpoint)"));
  }
  RETURN_IF_ERROR(result.status());
  if (result->exit_code == 0) {
    return absl::OkStatus();
  }
  // Before it has opened its log it writes to its standard error.
  const std::string text = absl::StrCat(result->err, "\n", ReadCriuLog(log));
  if (LacksKernel(text)) {
    return absl::UnimplementedError(
        absl::StrCat(criu, " cannot work on this kernel: ", CriuErrors(text)));
  }
  return absl::InternalError(absl::StrCat(criu, " ", arguments[1], " failed (exit code ",
                                          result->exit_code, "): ", CriuErrors(text)));
}

void EndLeftoverCriu(absl::FunctionRef<bool(absl::string_view container_id)> is_ours) {
  auto is_leftover = [is_ours](absl::string_view environment) {
    const std::vector<absl::string_view> variables = absl::StrSplit(environment, '\0');
    return absl::c_any_of(variables, [is_ours](absl::string_view variable) {
      return absl::ConsumePrefix(&variable, kContainerVariable) && is_ours(variable);
    });
  };
  EndLeftoverPrograms("criu", is_leftover, kFinishTime);
}

std::string ReadCriuLog(const std::string& path) {
  return ReadFile(path, kMaxLog).value_or("");
}

}  // namespace berth::runtime
