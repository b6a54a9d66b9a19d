// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/sys/errno_or.h"
#include "base/sys/process.h"
#include "base/sys/terminal.h"

// What a program that starts a process in our stead leaves to us (ProgramPlan).
namespace berth::shim {

// The number in the file. EBADMSG when it has none.
sys::ErrnoOr<pid_t> ReadPidFile(const char* path);

// Pure: a positive number, and nothing else but perhaps a newline; 0 when it is not.
pid_t ParsePid(std::string_view text);

// Opens the process, which must be a child of ours: a number alone could by now be of anybody's.
// ECHILD when it is not, ESRCH when there is none.
sys::ErrnoOr<sys::ClonedProcess> OpenLeftProcess(pid_t pid);

// Of the terminal whose master has been sent to `listener`, without waiting.
sys::ErrnoOr<sys::Terminal> ReceiveTerminal(int listener);

}  // namespace berth::shim
