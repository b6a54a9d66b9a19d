// SPDX-License-Identifier: Apache-2.0
#include "base/sys/credentials.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

namespace berth::sys {
namespace {

constexpr unsigned kCapabilityBits = 64;  // the kernel answers EINVAL from its own last one on

}  // namespace

// The raw calls: a libc's wrappers of these signal every thread, and musl's refuse without one.
Result SetGroups(std::span<const uint32_t> groups) {
  return ResultOf(syscall(SYS_setgroups, groups.size(), groups.data()), "setgroups");
}

Result SetGroupId(uint32_t gid) {
  return ResultOf(syscall(SYS_setresgid, gid, gid, gid), "setresgid");
}

Result SetUserId(uint32_t uid) {
  return ResultOf(syscall(SYS_setresuid, uid, uid, uid), "setresuid");
}

Result KeepCapabilities(bool keep) {
  return ResultOf(prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0), "prctl");
}

Result LimitBoundingSet(uint64_t kept) {
  for (unsigned capability = 0; capability < kCapabilityBits; ++capability) {
    if ((kept >> capability & 1) != 0) {
      continue;
    }
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return errno == EINVAL && capability > 0 ? Result(Done{}) : Errno::Last("prctl");
    }
  }
  return Done{};
}

Result SetCapabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  for (unsigned i = 0; i < 2; ++i) {
    sets[i].effective = static_cast<uint32_t>(effective >> (32 * i));
    sets[i].permitted = static_cast<uint32_t>(permitted >> (32 * i));
    sets[i].inheritable = static_cast<uint32_t>(inheritable >> (32 * i));
  }
  return ResultOf(syscall(SYS_capset, &header, sets), "capset");
}

Result SetAmbientCapabilities(uint64_t ambient) {
  SYS_RETURN_IF_ERROR(ResultOf(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl"));
  for (unsigned capability = 0; capability < kCapabilityBits; ++capability) {
    if ((ambient >> capability & 1) != 0 &&
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
      return Errno::Last("prctl");
    }
  }
  return Done{};
}

Result SetNoNewPrivileges() {
  return ResultOf(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
}

Result LoadSeccompFilter(std::span<const char> program, uint32_t flags) {
  size_t instructions = program.size() / sizeof(sock_filter);
  if (program.size() % sizeof(sock_filter) != 0 || instructions > USHRT_MAX) {
    return Errno{EINVAL, "seccomp"};
  }
  sock_fprog filter = {};
  filter.len = static_cast<unsigned short>(instructions);
  // The kernel only reads; its interface is older than const.
  filter.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(program.data()));
  return ResultOf(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter), "seccomp");
}

}  // namespace berth::sys
