// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "base/sys/process.h"

namespace berth::sys {

// A process that does nothing until it is killed: the first one of a new user namespace, which owns
// the new namespaces of the other kinds in `others` (CLONE_NEW…). The namespace's ids 0 to
// `count` - 1, of users and of groups, are the caller's from `first` on. Processes with threads may
// call it, too.
ErrnoOr<Process> HoldUserNamespace(uint64_t others, uint32_t first, uint32_t count);

// A descriptor of a namespace of a process: "user", "net", …
ErrnoOr<Fd> OpenNamespaceOf(pid_t pid, const char* name);

// What the calling thread makes from now on belongs to that user and group of its namespace. Unlike
// after setfsuid(2) alone, its capabilities stay as they are. Clears the parent-death signal.
Result SetFileOwner(uint32_t uid, uint32_t gid);

}  // namespace berth::sys
