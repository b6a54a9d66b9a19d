// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Entering namespaces. For single-threaded processes only, the shim and what it clones, but where
// it says so.
namespace berth::sys {

// unshare(2) with CLONE_NEW… flags.
Result UnshareNamespaces(int flags);

// setns(2): `fd` is a pidfd, with any CLONE_NEW… flags, or one namespace, with its flag.
// CLONE_NEWPID affects children only.
Result EnterNamespaces(int fd, int flags);

// For a thread of a daemon that ends with what it has entered. The others' working directory and
// root stop being its own: the first step.
Result LeaveSharedDirectory();
Result EnterMountNamespace(int fd);
// A copy of the mounts there are, of which no other namespace sees a change, nor the other way
// round.
Result EnterOwnMountNamespace();

// A descriptor of one of the calling thread's own namespaces: "mnt", "pid", "net", …
ErrnoOr<Fd> OpenOwnNamespace(const char* name);

Result SetHostName(const char* name, size_t length);
Result NewSession();
Result ChangeDirectory(int directory);  // fchdir(2)

// Whether the working directory is below the root. ENOENT when it is not, as after a change of root
// that it took no part in.
Result CheckWorkingDirectory();

// Brings the loopback interface of the current network namespace up.
Result BringLoopbackUp();

}  // namespace berth::sys
