// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "runtime/runtime_context.h"

namespace berth::runtime {

// Fills the context with the pods and containers on record and makes the world agree: shims that
// live are heard, exits that happened meanwhile taken, what was half made or half removed is
// undone, leftovers removed. After another boot every pod is stopped and its addresses freed.
// Bounded: a pod that cannot be put right in time is kept as not ready and seen to later. DataLoss
// when the records cannot be read.
absl::Status Recover(RuntimeContext& context, const std::string& boot_id);

}  // namespace berth::runtime
