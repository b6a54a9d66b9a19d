// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"

// Who the calling process is and what it may do. Of single-threaded processes only: each call here
// changes one thread. Sets of capabilities are bit masks, 1 << CAP_….
namespace berth::sys {

Result SetGroups(std::span<const uint32_t> groups);
Result SetGroupId(uint32_t gid);  // real, effective, saved
Result SetUserId(uint32_t uid);   // real, effective, saved; permitted capabilities stay when kept

// Whether permitted capabilities survive SetUserId. Reset by exec.
Result KeepCapabilities(bool keep);

// Removes from the bounding set, and so for ever, all that the kernel knows and `kept` lacks.
Result LimitBoundingSet(uint64_t kept);

Result SetCapabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable);

// Makes the ambient set exactly `ambient`, each of which must be permitted and inheritable.
Result SetAmbientCapabilities(uint64_t ambient);

Result SetNoNewPrivileges();

// Loads a filter: `program` is struct sock_filter[]. Needs no_new_privs or CAP_SYS_ADMIN.
Result LoadSeccompFilter(std::span<const char> program, uint32_t flags);

}  // namespace berth::sys
