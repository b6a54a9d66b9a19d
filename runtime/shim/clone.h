// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/process.h"
#include "runtime/shim/pod.h"

namespace berth::shim {

// Clones in the PID namespace of the process `namespace_of` (a pidfd), or in the shim's own when it
// is -1. The calling process's later children are in its own again.
sys::ErrnoOr<sys::ClonedProcess> CloneInPidNamespace(const Pod& pod, int namespace_of,
                                                     const sys::CloneRequest& request);

}  // namespace berth::shim
