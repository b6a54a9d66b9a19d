// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/network/network_choice.h"
#include "runtime/runtime_context.h"

// Networks of a pod that runs; the contracts are PodRuntime::AttachNetwork and DetachNetwork.
namespace berth::runtime {

absl::Status AttachNetwork(RuntimeContext& context, const Call& call, Pod& pod,
                           const NetworkChoice& choice);
absl::Status DetachNetwork(RuntimeContext& context, const Call& call, Pod& pod,
                           absl::string_view network);

}  // namespace berth::runtime
