// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/exec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/detach_keys.h"
#include "base/status.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/start_refusal.h"

namespace berth::cri {
namespace {

constexpr int32_t kNotStarted = 126;

}  // namespace

bool IsStale(ExecState::Phase phase, absl::Duration age) {
  switch (phase) {
    case ExecState::Phase::kCreated:
      return age > kUnstartedExecKept;
    case ExecState::Phase::kEnded:
      return age > kEndedExecKept;
    case ExecState::Phase::kStarting:
    case ExecState::Phase::kRunning:
      break;
  }
  return false;
}

absl::StatusOr<ExecSpec> ParseExecSpec(const Json& body) {
  JsonFields fields(body);
  ExecSpec spec;
  spec.command = {.arguments = fields.TextOrTexts("Cmd"),
                  .environment = fields.Texts("Env"),
                  .working_directory = fields.Text("WorkingDir"),
                  .user = fields.Text("User"),
                  .privileged = fields.Flag("Privileged")};
  const bool terminal = fields.Flag("Tty");
  spec.streams = {.input = fields.Flag("AttachStdin"),
                  .output = fields.Flag("AttachStdout"),
                  .error = fields.Flag("AttachStderr") && !terminal,
                  .terminal = terminal};
  const std::string keys = fields.Text("DetachKeys");
  const Json& size = fields.Array("ConsoleSize");
  RETURN_IF_ERROR(fields.status());
  if (spec.command.arguments.empty() || spec.command.arguments.front().empty()) {
    return absl::InvalidArgumentError("No exec command specified");
  }
  if (terminal) {
    ASSIGN_OR_RETURN(spec.detach_keys, ParseDetachKeys(keys));
  }
  ASSIGN_OR_RETURN(spec.size, ParseConsoleSize(size));
  return spec;
}

absl::StatusOr<ExecStart> ParseExecStart(const Json& body) {
  JsonFields fields(body);
  ExecStart start;
  start.detached = fields.Flag("Detach");
  const Json& size = fields.Array("ConsoleSize");
  RETURN_IF_ERROR(fields.status());
  ASSIGN_OR_RETURN(start.size, ParseConsoleSize(size));
  return start;
}

absl::Status CheckExecutable(const EngineContainerRecord& record) {
  if (record.state.status == EngineStatus::kRestarting) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Container ", record.id, " is restarting, wait until the container is running"));
  }
  if (record.state.paused()) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", record.id, " is paused, unpause the container before exec"));
  }
  return record.state.running() ? absl::OkStatus()
                                : absl::FailedPreconditionError(
                                      absl::StrCat("container ", record.id, " is not running"));
}

std::pair<absl::Status, int32_t> ExecRefusal(const absl::Status& status, const ExecSpec& spec) {
  constexpr char kWhat[] =
      "OCI runtime exec failed: exec failed: unable to start container process: ";
  const absl::Status refusal = StartRefusal(status, kWhat, spec.command.arguments.front());
  return absl::IsInvalidArgument(refusal) && refusal != status
             ? std::pair(refusal, CodeOfRefusal(refusal))
             : std::pair(Annotate(status, "OCI runtime exec failed"), kNotStarted);
}

Json ExecDetails(const ExecState& state) {
  const std::vector<std::string>& words = state.spec.command.arguments;
  const bool ended = state.phase == ExecState::Phase::kEnded;
  return {{"ID", state.id},
          {"ContainerID", state.container_id},
          {"Running", state.phase == ExecState::Phase::kRunning},
          {"ExitCode", ended ? Json(state.exit_code) : Json()},
          {"OpenStdin", state.spec.streams.input},
          {"OpenStdout", state.spec.streams.output},
          {"OpenStderr", state.spec.streams.error || state.spec.streams.terminal},
          {"CanRemove", ended},
          {"DetachKeys", state.spec.detach_keys},
          {"Pid", state.pid},
          {"ProcessConfig",
           {{"entrypoint", words.front()},
            {"arguments", std::vector<std::string>(words.begin() + 1, words.end())},
            {"tty", state.spec.streams.terminal},
            {"privileged", state.spec.command.privileged},
            {"user", state.spec.command.user}}}};
}

std::string ExecAction(absl::string_view verb, const ExecSpec& spec) {
  return absl::StrCat(verb, ": ", absl::StrJoin(spec.command.arguments, " "));
}

}  // namespace berth::cri
