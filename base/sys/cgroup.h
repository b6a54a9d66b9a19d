// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// What starting a process in a cgroup needs; all else of cgroups is in runtime/cgroup and the shim.
namespace berth::sys {

// Whether `directory` is of a cgroup2 hierarchy.
bool IsUnifiedCgroup(const char* directory);

// `directory` as CloneRequest and SpawnRequest take it. Not open when it is of a version 1
// hierarchy, into which no process can be born.
ErrnoOr<Fd> OpenBirthplace(const char* directory);

// That of the unified hierarchy among a cgroup's directories; not open when there is none.
ErrnoOr<Fd> FindBirthplace(std::span<const std::string> directories);

}  // namespace berth::sys
