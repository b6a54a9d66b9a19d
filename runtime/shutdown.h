// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/pod_runtime.h"

// The door of runtime/ for who ends the daemon.
namespace berth::runtime {

// From now on a pod that could not be made is undone within seconds; what is left of it is undone
// by the next daemon. `runtime` is one that PodRuntime::Create has made. Does not wait.
void BeginShutdown(PodRuntime& runtime);

}  // namespace berth::runtime
