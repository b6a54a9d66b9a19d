// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"

namespace berth::sys {

// Sets the SELinux context of what the O_PATH descriptor `fd` refers to, be it a symlink or a
// device: through /proc, so the name cannot be exchanged in between. ENOTSUP where the filesystem
// has none.
Result SetSelinuxLabel(int fd, const char* label);

}  // namespace berth::sys
