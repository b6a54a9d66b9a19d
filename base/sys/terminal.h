// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

namespace berth::sys {

struct Terminal {
  Fd master;
  Fd slave;
};

// Opens a new pseudo-terminal of the devpts instance whose "ptmx" is the file `path` inside `root`.
// Neither becomes the controlling terminal. EINVAL when it is not a devpts's ptmx, which matters
// where `root` belongs to a container.
ErrnoOr<Terminal> OpenTerminal(int root, const char* path);

// The other end of a terminal of which somebody else has sent the master, which becomes
// non-blocking. EINVAL when it is no terminal's.
ErrnoOr<Terminal> AdoptTerminal(Fd master);

// The terminal's other end once more, by its name in `directory` inside `root`: there it has a path
// where the one at hand has lost its own. EINVAL when something else is there.
ErrnoOr<Fd> OpenSlave(int root, const char* directory, const Terminal& terminal);

// Makes `slave` the controlling terminal of the calling session leader.
Result TakeControllingTerminal(int slave);

// By either end.
Result SetWindowSize(int terminal, uint16_t rows, uint16_t columns);

}  // namespace berth::sys
