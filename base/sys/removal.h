// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"

namespace berth::sys {

// Removes `name` below `dir` and everything in it, never following a symlink and never descending
// into what is mounted there, or is another filesystem (EBUSY then). Absence is success. Of a deep
// tree, directories are moved to its top meanwhile.
Result RemoveTree(int dir, const char* name);

}  // namespace berth::sys
