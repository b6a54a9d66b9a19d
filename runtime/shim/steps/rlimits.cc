// SPDX-License-Identifier: Apache-2.0
#include "base/sys/process.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

sys::Result ForEachLimit(Launch& launch, sys::Result (*set)(uint32_t, uint64_t, uint64_t)) {
  const std::vector<runtime::Rlimit>& limits = launch.process.rlimits;
  for (launch.item = 0; launch.item < limits.size(); ++launch.item) {
    const runtime::Rlimit& limit = limits[launch.item];
    SYS_RETURN_IF_ERROR(set(limit.resource, limit.soft, limit.hard));
  }
  return sys::Done{};
}

}  // namespace

sys::Result RaiseRlimits(Launch& launch) {
  return ForEachLimit(launch, sys::RaiseResourceLimit);
}

sys::Result SetRlimits(Launch& launch) {
  return ForEachLimit(launch, sys::SetResourceLimit);
}

}  // namespace berth::shim::steps
