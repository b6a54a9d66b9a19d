// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime {

// What containers get that ask for the runtime's default: equal in effect to the profile that
// Docker and containerd give. The same object every time. Pure.
const SeccompProfile& DefaultSeccompProfile();

}  // namespace berth::runtime
