// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// The contract is PodRuntime::StartContainer.
absl::Status StartContainer(RuntimeContext& context, const Call& call,
                            const std::shared_ptr<Container>& container);

// The container runs, or is about to, says its shim: it goes on record and is told to who listens;
// a restore is finished once it runs.
void ApplyStart(RuntimeContext& context, Container& container, const ShimReply& reply);

// What a user reads of a start that failed: "mount (/srv on /data): No such file or directory".
// Pure; `encoded_plan` is the one that failed.
std::string StartFailure(const ShimReply& reply, absl::string_view encoded_plan);

}  // namespace berth::runtime
