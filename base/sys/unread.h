// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"

namespace berth::sys {

// Whether the peer of a connected unix stream socket has yet to read some of what it was sent.
ErrnoOr<bool> HasUnread(int socket);

}  // namespace berth::sys
