// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/cgroup.h"

#include "runtime/shim/proc.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {

sys::Result JoinCgroups(Launch& launch) {
  SYS_RETURN_IF_ERROR(shim::JoinCgroups(launch.cgroups));
  return ConfirmCgroups(launch.cgroups);
}

sys::Result SetOomScore(Launch& launch) {
  return shim::SetOomScore(launch.process.oom_score_adj);
}

}  // namespace berth::shim::steps
