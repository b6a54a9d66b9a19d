// SPDX-License-Identifier: Apache-2.0
#include "base/sys/process.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {

sys::Result SetRlimits(Launch& launch) {
  const std::vector<runtime::Rlimit>& limits = launch.process.rlimits;
  for (launch.item = 0; launch.item < limits.size(); ++launch.item) {
    const runtime::Rlimit& limit = limits[launch.item];
    SYS_RETURN_IF_ERROR(sys::SetResourceLimit(limit.resource, limit.soft, limit.hard));
  }
  return sys::Done{};
}

}  // namespace berth::shim::steps
