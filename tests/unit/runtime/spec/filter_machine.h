// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seccomp.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "gtest/gtest.h"

#include "runtime/spec/seccomp_prefix.h"

namespace berth::runtime {

inline constexpr uint32_t kAllowed = 0x7fff0000;
inline constexpr uint32_t kErrno = 0x00050000;  // | errno
inline constexpr uint32_t kKilled = 0;          // the thread

inline constexpr uint32_t kX86_64 = SCMP_ARCH_X86_64;
inline constexpr uint32_t kI386 = SCMP_ARCH_X86;

// struct seccomp_data.
struct SystemCall {
  uint32_t number = 0;
  uint32_t architecture = kX86_64;
  uint64_t instruction_pointer = 0;
  std::array<uint64_t, 6> arguments = {};
};

// What the filter answers, by running it as the kernel would. Fails the test, and answers ~0, for a
// program that the kernel would not take.
inline uint32_t RunFilter(const std::string& program, const SystemCall& call) {
  const size_t size = program.size() / sizeof(FilterInstruction);
  uint32_t a = 0;
  uint32_t x = 0;
  std::array<uint32_t, 16> memory = {};
  for (size_t at = 0; at < size; ++at) {
    FilterInstruction now;
    memcpy(&now, program.data() + at * sizeof(now), sizeof(now));
    const auto jump = [&](bool taken) { at += taken ? now.if_true : now.if_false; };
    switch (now.code) {
      case 0x20:
        if (now.value + sizeof(a) > sizeof(call)) {
          ADD_FAILURE() << "load out of bounds";
          return ~0U;
        }
        memcpy(&a, reinterpret_cast<const char*>(&call) + now.value, sizeof(a));
        break;
      case 0x60:
        a = memory.at(now.value);
        break;
      case 0x02:
        memory.at(now.value) = a;
        break;
      case 0x61:
        x = memory.at(now.value);
        break;
      case 0x54:
        a &= now.value;
        break;
      case 0x05:
        at += now.value;
        break;
      case 0x15:
        jump(a == now.value);
        break;
      case 0x1d:
        jump(a == x);
        break;
      case 0x25:
        jump(a > now.value);
        break;
      case 0x35:
        jump(a >= now.value);
        break;
      case 0x06:
        return now.value;
      default:
        ADD_FAILURE() << "instruction " << now.code;
        return ~0U;
    }
  }
  ADD_FAILURE() << "ran over the end";
  return ~0U;
}

// The call by its name on x86-64.
inline SystemCall Named(const char* name, std::array<uint64_t, 6> arguments = {}) {
  const int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);
  EXPECT_GE(number, 0) << name;
  return {static_cast<uint32_t>(number), kX86_64, 0, arguments};
}

}  // namespace berth::runtime
