// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

namespace berth::runtime {

// Whether the kernel has all that a pod with a user namespace needs, found out by trying: the
// namespace itself, mounts with mapped ids, overlays of them. Says what is missing.
absl::Status ProbeUserNamespaces();

}  // namespace berth::runtime
