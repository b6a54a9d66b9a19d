// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/shim_protocol.h"

#include <iterator>

namespace berth::runtime {
namespace {

// In the order of LaunchStep.
constexpr const char* kStepNames[] = {
    "no step",
    "decode plan",
    "join cgroups",
    "enter namespaces",
    "open terminal",
    "set mount propagation",
    "mount root filesystem",
    "mount",
    "make devices",
    "mask paths",
    "make paths read-only",
    "change root",
    "set sysctl",
    "set hostname",
    "set resource limits",
    "change to working directory",
    "set OOM score",
    "set security label",
    "set capabilities",
    "set user and groups",
    "set no_new_privs",
    "load seccomp program",
    "execute",
    "open log",
    "set up standard streams",
    "clone process",
    "run hook",
    "answer request",
    "run the program that starts it",
    "take over what the program has left",
};
static_assert(std::size(kStepNames) == static_cast<size_t>(LaunchStep::kTakeOver) + 1);

}  // namespace

const char* StepName(LaunchStep step) {
  size_t index = static_cast<size_t>(step);
  return index < std::size(kStepNames) ? kStepNames[index] : "unknown step";
}

}  // namespace berth::runtime
