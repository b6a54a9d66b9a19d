// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/shim/plan_mapping.h"
#include "runtime/shim/steps.h"

namespace berth::shim {

// What a cloned process gets from the shim; descriptors are borrowed.
struct LaunchInputs {
  const Pod& pod;
  const PlanMapping& plan;
  std::span<const char* const> cgroups = {};
  int pid_namespace = -1;  // a pidfd whose namespace is joined; of an exec, with its others
  int report = -1;
  StandardFds stdio = {};
};

// Run by a process just cloned. They decode the plan, take the steps and execute the program; what
// fails is reported.
[[noreturn]] void LaunchContainer(const LaunchInputs& inputs);
[[noreturn]] void LaunchExec(const LaunchInputs& inputs);

}  // namespace berth::shim
