// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"

namespace berth::sys {

// Takes the bridge of that name down and removes it, in the network namespace of the calling
// thread; what was plugged into it stays. Absence is success. EINVAL for a name that no interface
// can have, EPERM for an interface that is no bridge.
Result RemoveBridge(const char* name);

}  // namespace berth::sys
