// SPDX-License-Identifier: Apache-2.0
#include "base/sys/credentials.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {

sys::Result LimitCapabilities(Launch& launch) {
  return sys::LimitBoundingSet(launch.process.capabilities.bounding);
}

// Groups before user: afterwards it would not be permitted.
sys::Result SetIdentity(Launch& launch) {
  const runtime::ProcessPlan& process = launch.process;
  SYS_RETURN_IF_ERROR(sys::KeepCapabilities(true));
  SYS_RETURN_IF_ERROR(sys::SetGroups(process.groups));
  SYS_RETURN_IF_ERROR(sys::SetGroupId(process.gid));
  SYS_RETURN_IF_ERROR(sys::SetUserId(process.uid));
  return sys::KeepCapabilities(false);
}

// Exactly the container's own sets, never any of ours.
sys::Result SetCapabilities(Launch& launch) {
  const runtime::CapabilitySets& sets = launch.process.capabilities;
  SYS_RETURN_IF_ERROR(sys::SetCapabilities(sets.effective, sets.permitted, sets.ambient));
  return sys::SetAmbientCapabilities(sets.ambient);
}

sys::Result SetNoNewPrivileges(Launch& launch) {
  return launch.process.no_new_privileges ? sys::SetNoNewPrivileges() : sys::Result(sys::Done{});
}

}  // namespace berth::shim::steps
