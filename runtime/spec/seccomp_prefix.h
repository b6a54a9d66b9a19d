// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

// The part of a filter that libseccomp cannot make: system calls that are newer than itself, and
// ENOSYS for those newer than the profile, because libraries take EPERM from a call they try first
// as a verdict and ENOSYS as a hint to use the older one.
namespace berth::runtime {

// struct sock_filter.
struct FilterInstruction {
  uint16_t code = 0;
  uint8_t if_true = 0;
  uint8_t if_false = 0;
  uint32_t value = 0;
};

// The calls of one architecture.
struct SeccompPrefixCalls {
  std::vector<std::pair<uint32_t, uint32_t>> results;  // number of a call, SECCOMP_RET_…
  std::optional<uint32_t> newest;                      // those with higher numbers fail with ENOSYS
};

struct SeccompPrefixArchitecture {
  uint32_t audit_architecture = 0;  // AUDIT_ARCH_…
  SeccompPrefixCalls calls;
  std::optional<SeccompPrefixCalls> x32;  // of x86-64: calls with the bit 0x40000000
};

inline constexpr uint32_t kX32Bit = 0x40000000;

// Pure: instructions to put before a filter, as bytes. Whatever they do not decide runs on into it.
std::string BuildSeccompPrefix(const std::vector<SeccompPrefixArchitecture>& architectures);

// The number of a system call that libseccomp 2.5.4 does not know, or unset. The same on every
// architecture (x32 adds kX32Bit), but for those that only x86-64 has.
std::optional<uint32_t> RecentSystemCall(absl::string_view name, bool x86_64);

}  // namespace berth::runtime
