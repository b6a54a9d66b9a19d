// SPDX-License-Identifier: Apache-2.0
#include "base/sys/credentials.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

sys::Result Load(const runtime::ProcessPlan& process) {
  return process.seccomp_program.empty()
             ? sys::Result(sys::Done{})
             : sys::LoadSeccompFilter(process.seccomp_program, process.seccomp_flags);
}

}  // namespace

sys::Result LoadSeccompPrivileged(Launch& launch) {
  return launch.process.no_new_privileges ? sys::Result(sys::Done{}) : Load(launch.process);
}

sys::Result LoadSeccomp(Launch& launch) {
  return launch.process.no_new_privileges ? Load(launch.process) : sys::Result(sys::Done{});
}

}  // namespace berth::shim::steps
