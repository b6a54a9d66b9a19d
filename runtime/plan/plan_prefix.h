// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"
#include "runtime/plan/codec.h"
#include "runtime/plan/plan_fields.h"

namespace berth::runtime {

// Reads what every plan begins with. E2BIG for `size` over kMaxPlanSize, EBADMSG for another kind
// of plan or another version.
inline sys::Result ReadPrefix(PlanReader& reader, size_t size, PlanKind kind) {
  if (size > kMaxPlanSize) {
    return sys::Errno{E2BIG, "read plan"};
  }
  uint32_t magic = 0;
  uint32_t version = 0;
  PlanKind found = {};
  reader(magic);
  reader(version);
  reader(found);
  if (!reader.ok() || magic != kPlanMagic || version != kPlanVersion || found != kind) {
    return sys::Errno{EBADMSG, "read plan"};
  }
  return sys::Done{};
}

}  // namespace berth::runtime
