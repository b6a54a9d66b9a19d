// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/exec_planner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

#include "base/path.h"
#include "base/status.h"
#include "runtime/spec/capabilities.h"
#include "runtime/spec/user.h"

namespace berth::runtime {
namespace {

bool HasTerm(const std::vector<std::string>& environment) {
  return std::any_of(environment.begin(), environment.end(),
                     [](const std::string& entry) { return absl::StartsWith(entry, "TERM="); });
}

// In place of the same key, as the request's count.
void SetVariable(const std::string& entry, std::vector<std::string>& environment) {
  const std::string key = entry.substr(0, entry.find('=')) + "=";
  environment.erase(
      std::remove_if(environment.begin(), environment.end(),
                     [&](const std::string& other) { return absl::StartsWith(other, key); }),
      environment.end());
  environment.push_back(entry);
}

absl::Status CheckCommand(const ExecCommand& command) {
  if (command.arguments.empty() || command.arguments.front().empty()) {
    return absl::InvalidArgumentError("the command is empty");
  }
  for (const auto* texts : {&command.arguments, &command.environment}) {
    if (std::any_of(texts->begin(), texts->end(),
                    [](const std::string& text) { return HasNul(text); })) {
      return absl::InvalidArgumentError("the command has a NUL byte");
    }
  }
  if (!command.working_directory.empty() && command.working_directory.front() != '/') {
    return absl::InvalidArgumentError("the working directory is not absolute");
  }
  return HasNul(command.working_directory)
             ? absl::InvalidArgumentError("the working directory has a NUL byte")
             : absl::OkStatus();
}

absl::Status BecomeUser(const std::string& name, const RootFileReader& read_file,
                        ProcessPlan& process) {
  ASSIGN_OR_RETURN(ResolvedUser user,
                   PlanUser(v1::LinuxContainerSecurityContext(), name, read_file));
  process.uid = user.uid;
  process.gid = user.gid;
  process.groups = std::move(user.groups);
  if (!user.home.empty()) {
    SetVariable("HOME=" + user.home, process.environment);
  }
  return absl::OkStatus();
}

absl::Status BecomePrivileged(uint64_t available, ProcessPlan& process) {
  v1::LinuxContainerSecurityContext security;
  security.set_privileged(true);
  ASSIGN_OR_RETURN(process.capabilities, PlanCapabilities(security, available));
  process.seccomp_program.clear();
  process.seccomp_flags = 0;
  process.apparmor_profile.clear();
  process.no_new_privileges = false;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExecPlan> PlanExec(absl::string_view container_id, const ProcessPlan& container,
                                  const ExecCommand& command, bool terminal,
                                  const RootFileReader& read_file, uint64_t available) {
  RETURN_IF_ERROR(CheckCommand(command));
  ExecPlan plan;
  plan.container_id = std::string(container_id);
  plan.process = container;
  plan.process.arguments = command.arguments;
  plan.process.terminal = terminal;
  if (!command.user.empty()) {
    RETURN_IF_ERROR(BecomeUser(command.user, read_file, plan.process));
  }
  for (const std::string& entry : command.environment) {
    SetVariable(entry, plan.process.environment);
  }
  if (!command.working_directory.empty()) {
    plan.process.working_directory = command.working_directory;
  }
  if (command.privileged) {
    RETURN_IF_ERROR(BecomePrivileged(available, plan.process));
  }
  if (terminal && !HasTerm(plan.process.environment)) {
    plan.process.environment.push_back("TERM=xterm");
  }
  return plan;
}

}  // namespace berth::runtime
