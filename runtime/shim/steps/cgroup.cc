// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/cgroup.h"

#include <algorithm>

#include "runtime/shim/proc.h"
#include "runtime/shim/steps.h"

namespace berth::runtime::steps {

sys::Result JoinCgroups(Launch& launch) {
  size_t before = std::min(launch.born_in, launch.cgroups.size());
  SYS_RETURN_IF_ERROR(runtime::JoinCgroups(launch.cgroups.first(before)));
  if (before < launch.cgroups.size()) {
    SYS_RETURN_IF_ERROR(runtime::JoinCgroups(launch.cgroups.subspan(before + 1)));
  }
  return ConfirmCgroups(launch.cgroups);
}

sys::Result SetOomScore(Launch& launch) {
  return runtime::SetOomScore(launch.process.oom_score_adj);
}

}  // namespace berth::runtime::steps
