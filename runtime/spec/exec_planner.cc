// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/exec_planner.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

bool HasTerm(const std::vector<std::string>& environment) {
  return std::any_of(environment.begin(), environment.end(),
                     [](const std::string& entry) { return absl::StartsWith(entry, "TERM="); });
}

}  // namespace

absl::StatusOr<ExecPlan> PlanExec(absl::string_view container_id, const ProcessPlan& container,
                                  const std::vector<std::string>& command, bool terminal) {
  if (command.empty() || command.front().empty()) {
    return absl::InvalidArgumentError("the command is empty");
  }
  for (const std::string& argument : command) {
    if (HasNul(argument)) {
      return absl::InvalidArgumentError("the command has a NUL byte");
    }
  }
  ExecPlan plan;
  plan.container_id = std::string(container_id);
  plan.process = container;
  plan.process.arguments = command;
  plan.process.terminal = terminal;
  if (terminal && !HasTerm(plan.process.environment)) {
    plan.process.environment.push_back("TERM=xterm");
  }
  return plan;
}

}  // namespace berth::runtime
