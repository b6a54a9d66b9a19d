// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

// A shim that has been started and may not be ready yet. Dropping it kills the shim.
struct LaunchedShim {
  sys::Process process;
  sys::Fd ready;  // it begins when our end is closed for writing
};

// Where a shim is born: in the pod's cgroup, or in the daemon's to be moved before it begins.
enum class ShimBirth { kInItsCgroup, kBesideUs };

// Starts shims from a sealed copy of their program, so that what enters the containers' namespaces
// cannot be changed by anyone and is shared in memory by all of them. Thread-safe.
class ShimLauncher {
 public:
  static absl::StatusOr<ShimLauncher> Open(const std::string& program);

  // Binds <plan.directory>/shim.sock, which must not exist, and starts the shim on it, which does
  // nothing before AwaitReady.
  absl::StatusOr<LaunchedShim> Launch(const PodPlan& plan, ShimBirth birth) const;

 private:
  explicit ShimLauncher(sys::Fd program) : program_(std::move(program)) {}

  sys::Fd program_;
};

// Lets the shim begin and waits until the namespaces of the pod with this plan exist. Internal with
// what the shim could not do; InvalidArgument for a sysctl that the kernel does not have or whose
// value it does not take.
absl::Status AwaitReady(const Call& call, const LaunchedShim& shim, const PodPlan& plan);

}  // namespace berth::runtime
