// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_prefix.h"

#include <cerrno>

namespace berth::runtime {
namespace {

using Program = std::vector<FilterInstruction>;

constexpr uint16_t kLoad = 0x20;           // BPF_LD | BPF_W | BPF_ABS
constexpr uint16_t kJump = 0x05;           // BPF_JMP | BPF_JA
constexpr uint16_t kJumpIfEqual = 0x15;    // BPF_JMP | BPF_JEQ | BPF_K
constexpr uint16_t kJumpIfGreater = 0x25;  // BPF_JMP | BPF_JGT | BPF_K
constexpr uint16_t kJumpIfAtLeast = 0x35;  // BPF_JMP | BPF_JGE | BPF_K
constexpr uint16_t kReturn = 0x06;         // BPF_RET | BPF_K

constexpr uint32_t kNumberOffset = 0;        // of seccomp_data
constexpr uint32_t kArchitectureOffset = 4;  // of seccomp_data
constexpr uint32_t kReturnErrno = 0x00050000;

struct RecentCall {
  absl::string_view name;
  uint32_t number;
  bool only_x86_64;
};
constexpr RecentCall kRecentCalls[] = {
    {"uretprobe", 335, true},
    {"cachestat", 451, false},
    {"fchmodat2", 452, false},
    {"map_shadow_stack", 453, false},
    {"futex_wake", 454, false},
    {"futex_wait", 455, false},
    {"futex_requeue", 456, false},
    {"statmount", 457, false},
    {"listmount", 458, false},
    {"lsm_get_self_attr", 459, false},
    {"lsm_set_self_attr", 460, false},
    {"lsm_list_modules", 461, false},
    {"mseal", 462, false},
    {"setxattrat", 463, false},
    {"getxattrat", 464, false},
    {"listxattrat", 465, false},
    {"removexattrat", 466, false},
    {"open_tree_attr", 467, false},
    {"file_getattr", 468, false},
    {"file_setattr", 469, false},
};

// The decisions, with the number loaded; what is not decided falls through.
Program CallsBlock(const SeccompPrefixCalls& calls) {
  Program block;
  for (const auto& [number, result] : calls.results) {
    block.push_back({kJumpIfEqual, 0, 1, number});
    block.push_back({kReturn, 0, 0, result});
  }
  if (calls.newest.has_value()) {
    block.push_back({kJumpIfGreater, 0, 1, *calls.newest});
    block.push_back({kReturn, 0, 0, kReturnErrno | ENOSYS});
  }
  return block;
}

void Append(const Program& more, Program& program) {
  program.insert(program.end(), more.begin(), more.end());
}

Program ArchitectureBlock(const SeccompPrefixArchitecture& architecture) {
  Program block = {{kLoad, 0, 0, kNumberOffset}};
  const Program calls = CallsBlock(architecture.calls);
  if (!architecture.x32.has_value()) {
    Append(calls, block);
    return block;
  }
  const Program x32 = CallsBlock(*architecture.x32);
  block.push_back({kJumpIfAtLeast, 1, 0, kX32Bit});
  block.push_back({kJump, 0, 0, static_cast<uint32_t>(x32.size() + 1)});
  Append(x32, block);
  block.push_back({kJump, 0, 0, static_cast<uint32_t>(calls.size())});
  Append(calls, block);
  return block;
}

}  // namespace

std::string BuildSeccompPrefix(const std::vector<SeccompPrefixArchitecture>& architectures) {
  static_assert(sizeof(FilterInstruction) == 8);
  Program program;
  for (const SeccompPrefixArchitecture& architecture : architectures) {
    const Program block = ArchitectureBlock(architecture);
    program.push_back({kLoad, 0, 0, kArchitectureOffset});
    program.push_back({kJumpIfEqual, 1, 0, architecture.audit_architecture});
    program.push_back({kJump, 0, 0, static_cast<uint32_t>(block.size())});
    Append(block, program);
  }
  return std::string(reinterpret_cast<const char*>(program.data()),
                     program.size() * sizeof(FilterInstruction));
}

std::optional<uint32_t> RecentSystemCall(absl::string_view name, bool x86_64) {
  for (const RecentCall& call : kRecentCalls) {
    if (call.name == name && (x86_64 || !call.only_x86_64)) {
      return call.number;
    }
  }
  return std::nullopt;
}

}  // namespace berth::runtime
