// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/device_filter.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using sys::BpfDeviceAccess;
using sys::BpfInstruction;

// Runs a program as the kernel would; -1 for anything it would refuse.
int RunProgram(const std::vector<BpfInstruction>& program, const BpfDeviceAccess& access) {
  std::array<uint32_t, 11> registers = {};
  size_t next = 0;
  for (int steps = 0; steps < 100000 && next < program.size(); ++steps) {
    const BpfInstruction& at = program[next++];
    uint32_t& to = registers.at(at.registers & 0xf);
    const uint32_t number = static_cast<uint32_t>(at.immediate);
    switch (at.code) {
      case sys::bpf::kLoad32:
        if (at.registers >> 4 != 1 || at.offset < 0 || at.offset > 8) {
          return -1;
        }
        memcpy(&to, reinterpret_cast<const char*>(&access) + at.offset, sizeof(to));
        break;
      case sys::bpf::kMove:
        to = registers.at(at.registers >> 4);
        break;
      case sys::bpf::kMoveImmediate:
        to = number;
        break;
      case sys::bpf::kAndImmediate:
        to &= number;
        break;
      case sys::bpf::kShiftRightImmediate:
        to >>= number;
        break;
      case sys::bpf::kJumpIfNotEqual:
        next += to != number ? static_cast<size_t>(at.offset) : 0;
        break;
      case sys::bpf::kJumpIfEqual:
        next += to == number ? static_cast<size_t>(at.offset) : 0;
        break;
      case sys::bpf::kExit:
        return static_cast<int>(registers[0]);
      default:
        return -1;
    }
  }
  return -1;
}

uint32_t Bits(const std::string& access) {
  uint32_t bits = 0;
  for (const char c : access) {
    bits |= c == 'r' ? 2u : c == 'w' ? 4u : 1u;
  }
  return bits;
}

// What the rules mean, said as simply as can be: each bit by the last rule that speaks of it.
bool Allowed(const std::vector<DeviceRule>& rules, char type, uint32_t major, uint32_t minor,
             uint32_t access) {
  for (const uint32_t bit : {1u, 2u, 4u}) {
    bool allowed = false;
    for (const DeviceRule& rule : rules) {
      const bool matches = (rule.type == 'a' || rule.type == type) &&
                           rule.major.value_or(major) == major &&
                           rule.minor.value_or(minor) == minor && (Bits(rule.access) & bit) != 0;
      allowed = matches ? rule.allow : allowed;
    }
    if ((access & bit) != 0 && !allowed) {
      return false;
    }
  }
  return true;
}

void ExpectSameMeaning(const std::vector<DeviceRule>& rules) {
  const std::vector<BpfInstruction> program = BuildDeviceFilter(rules);
  for (const char type : {'b', 'c'}) {
    for (const uint32_t major : {1u, 5u, 136u, 0xffffffffu}) {
      for (const uint32_t minor : {0u, 3u, 0x80000000u}) {
        for (uint32_t access = 1; access < 8; ++access) {
          const uint32_t kind = type == 'b' ? sys::kBpfDeviceBlock : sys::kBpfDeviceCharacter;
          EXPECT_EQ(RunProgram(program, {access << 16 | kind, major, minor}),
                    Allowed(rules, type, major, minor, access) ? 1 : 0)
              << type << " " << major << ":" << minor << " " << access;
        }
      }
    }
  }
}

TEST(DeviceFilter, MeansWhatTheRulesMean) {
  const DeviceRule everything = {true, 'a', {}, {}, "rwm"};
  ExpectSameMeaning({});
  ExpectSameMeaning({everything});
  ExpectSameMeaning({{false, 'a', {}, {}, "rwm"}});
  ExpectSameMeaning(
      {{true, 'c', 1, 3, "rwm"}, {true, 'b', {}, {}, "m"}, {true, 'c', 136, {}, "rw"}});
  ExpectSameMeaning({{true, 'c', 1, {}, "r"}, {true, 'c', 1, 3, "w"}});
  ExpectSameMeaning({everything, {false, 'c', 1, 3, "w"}});
  ExpectSameMeaning({everything, {false, 'a', {}, 3, "m"}, {true, 'b', 5, 3, "m"}});
  ExpectSameMeaning({{true, 'c', 0xffffffff, 0x80000000, "rw"}});
}

TEST(DeviceFilter, AdmitsOnlyKnownAccess) {
  // A kind of access that a later kernel adds is decided by no rule, so it is refused.
  const std::vector<BpfInstruction> program = BuildDeviceFilter({{true, 'a', {}, {}, "rwm"}});
  EXPECT_EQ(RunProgram(program, {8u << 16 | sys::kBpfDeviceCharacter, 1, 3}), 0);
}

TEST(DeviceFilter, RefusesTooManyRules) {
  const std::vector<DeviceRule> rules(kMaxDeviceRules + 1);
  EXPECT_TRUE(absl::IsInvalidArgument(AttachDeviceFilter(-1, rules)));
}

}  // namespace
}  // namespace berth::runtime
