// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"

namespace berth::sys {

// Makes a bridge of that name, in the network namespace of the calling thread; presence of any
// interface of the name is success. EINVAL for a name that no interface can have.
Result EnsureBridge(const char* name);

// Takes the bridge of that name down and removes it, in the network namespace of the calling
// thread; what was plugged into it stays. Absence is success. EINVAL for a name that no interface
// can have, EPERM for an interface that is no bridge.
Result RemoveBridge(const char* name);

}  // namespace berth::sys
