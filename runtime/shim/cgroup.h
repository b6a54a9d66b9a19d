// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Cgroups by their directories, v1 and v2 alike. Nothing here allocates.
namespace berth::shim {

inline constexpr size_t kMaxProcCgroup =
    8192;  // of a /proc/<pid>/cgroup; the rest is not looked at

// The one of `directories` by which the processes of a cgroup are found and killed: that of cgroup2
// where there is one, else that of the pids controller, else the first. `directories` is not empty.
size_t FindKillDirectory(std::span<const char* const> directories);

// Moves the calling process, which has one thread, into each directory of a v1 hierarchy. It writes
// to `tasks`, which moves a lone thread without waiting for an RCU grace period, as a write to
// `cgroup.procs` does. For the same reason a process is born into that of cgroup2 (clone3), and so
// it is passed over. EINVAL when a directory is not a cgroup's.
sys::Result JoinCgroups(std::span<const char* const> directories);

// Whether the calling process is where JoinCgroups should have put it, by /proc/self/cgroup. To be
// called before it gets a cgroup namespace of its own. ESRCH when it is not.
sys::Result ConfirmCgroups(std::span<const char* const> directories);

// Whether another process is in each of the cgroups or below. ESRCH when it is not.
sys::Result ConfirmCgroupsOf(pid_t pid, std::span<const char* const> directories);

// Moves another process to the cgroup, which waits for an RCU grace period; not when it is there.
sys::Result MoveToCgroup(pid_t pid, const char* directory);

// Pure: whether the text of a /proc/<pid>/cgroup names the cgroup of `directory`, or one below it,
// in the unified hierarchy or in any of the others.
bool ListsCgroup(std::string_view proc_text, std::string_view directory, bool unified);
bool ListsCgroupOrBelow(std::string_view proc_text, std::string_view directory, bool unified);

// Sends `signal` to every process in and below the cgroup; true when there was none. What forks
// meanwhile may be missed where there is no cgroup.kill: kill until there is none. A number that
// has come to mean a process outside is not signalled.
sys::ErrnoOr<bool> SignalCgroup(const char* directory, int signal);

// Makes `directory`, a cgroup below another.
sys::Result MakeCgroup(const char* directory);

// Removes `directory`; processes still in it go to `parent`. Absence is success.
sys::Result RemoveCgroup(const char* directory, const char* parent);

// The number behind "oom_kill " in memory.events or memory.oom_control; 0 when there is none.
uint64_t ReadOomKills(const char* file);

// Pure: the same of the file's text.
uint64_t ParseOomKills(std::string_view text);

}  // namespace berth::shim
