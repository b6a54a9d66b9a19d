// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// eBPF programs that decide which devices a cgroup may use (BPF_PROG_TYPE_CGROUP_DEVICE).
namespace berth::sys {

// struct bpf_insn.
struct BpfInstruction {
  uint8_t code = 0;
  uint8_t registers = 0;  // destination, and source << 4
  int16_t offset = 0;
  int32_t immediate = 0;

  friend bool operator==(const BpfInstruction&, const BpfInstruction&) = default;
};

// The few instructions that such programs need. All but the load and the exit are on 32 bits; jumps
// count instructions from the next one.
namespace bpf {

constexpr uint8_t kLoad32 = 0x61;               // BPF_LDX | BPF_MEM | BPF_W
constexpr uint8_t kMove = 0xbc;                 // BPF_ALU | BPF_MOV | BPF_X
constexpr uint8_t kMoveImmediate = 0xb4;        // BPF_ALU | BPF_MOV | BPF_K
constexpr uint8_t kAndImmediate = 0x54;         // BPF_ALU | BPF_AND | BPF_K
constexpr uint8_t kShiftRightImmediate = 0x74;  // BPF_ALU | BPF_RSH | BPF_K
constexpr uint8_t kJumpIfNotEqual = 0x56;       // BPF_JMP32 | BPF_JNE | BPF_K
constexpr uint8_t kJumpIfEqual = 0x16;          // BPF_JMP32 | BPF_JEQ | BPF_K
constexpr uint8_t kExit = 0x95;                 // BPF_JMP | BPF_EXIT

constexpr BpfInstruction Load32(uint8_t to, uint8_t base, int16_t offset) {
  return {kLoad32, static_cast<uint8_t>(to | (base << 4)), offset, 0};
}
constexpr BpfInstruction Move(uint8_t to, uint8_t from) {
  return {kMove, static_cast<uint8_t>(to | (from << 4)), 0, 0};
}
// One with a register and a number: an operation, or a jump over `offset` instructions.
constexpr BpfInstruction WithNumber(uint8_t code, uint8_t reg, uint32_t number,
                                    int16_t offset = 0) {
  return {code, reg, offset, static_cast<int32_t>(number)};
}
constexpr BpfInstruction Exit() {
  return {kExit, 0, 0, 0};
}

}  // namespace bpf

// struct bpf_cgroup_dev_ctx, which the program finds by register 1.
struct BpfDeviceAccess {
  uint32_t access_and_type = 0;  // access << 16 | type
  uint32_t major = 0;
  uint32_t minor = 0;
};
inline constexpr uint32_t kBpfDeviceBlock = 1;
inline constexpr uint32_t kBpfDeviceCharacter = 2;
inline constexpr uint32_t kBpfAccessMknod = 1;
inline constexpr uint32_t kBpfAccessRead = 2;
inline constexpr uint32_t kBpfAccessWrite = 4;

inline constexpr size_t kMaxAttachedPrograms = 64;  // the kernel's own limit

ErrnoOr<Fd> LoadDeviceProgram(std::span<const BpfInstruction> program);

// Beside those attached already; all of them must agree to an access. `cgroup` is a directory of a
// cgroup2.
Result AttachDeviceProgram(int cgroup, int program);
Result DetachDeviceProgram(int cgroup, int program);

// The ids of the programs attached to the cgroup itself. Returns how many.
ErrnoOr<size_t> FindDevicePrograms(int cgroup, std::span<uint32_t> ids);
ErrnoOr<Fd> OpenProgram(uint32_t id);

}  // namespace berth::sys
