// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "runtime/container.h"
#include "runtime/process_session.h"

namespace berth::runtime {

// The contract is PodRuntime::Attach. Takes no lock.
absl::StatusOr<std::unique_ptr<ProcessSession>> AttachTo(const Call& call,
                                                         const Container& container,
                                                         const StreamChoice& streams);

// The contract is PodRuntime::AttachAhead. Takes no lock.
absl::StatusOr<std::unique_ptr<ProcessSession>> AttachAheadTo(const Call& call,
                                                              const Container& container,
                                                              const StreamChoice& streams);

}  // namespace berth::runtime
