// SPDX-License-Identifier: Apache-2.0
#include "base/sys/bpf.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace berth::sys {
namespace {

static_assert(sizeof(BpfInstruction) == sizeof(bpf_insn));
static_assert(sizeof(BpfDeviceAccess) == sizeof(bpf_cgroup_dev_ctx));
static_assert(kBpfDeviceBlock == BPF_DEVCG_DEV_BLOCK);
static_assert(kBpfDeviceCharacter == BPF_DEVCG_DEV_CHAR);
static_assert(kBpfAccessMknod == BPF_DEVCG_ACC_MKNOD);
static_assert(kBpfAccessRead == BPF_DEVCG_ACC_READ);
static_assert(kBpfAccessWrite == BPF_DEVCG_ACC_WRITE);
static_assert(bpf::kLoad32 == (BPF_LDX | BPF_MEM | BPF_W));
static_assert(bpf::kMove == (BPF_ALU | BPF_MOV | BPF_X));
static_assert(bpf::kMoveImmediate == (BPF_ALU | BPF_MOV | BPF_K));
static_assert(bpf::kAndImmediate == (BPF_ALU | BPF_AND | BPF_K));
static_assert(bpf::kShiftRightImmediate == (BPF_ALU | BPF_RSH | BPF_K));
static_assert(bpf::kJumpIfNotEqual == (BPF_JMP32 | BPF_JNE | BPF_K));
static_assert(bpf::kJumpIfEqual == (BPF_JMP32 | BPF_JEQ | BPF_K));
static_assert(bpf::kExit == (BPF_JMP | BPF_EXIT));

long Bpf(int command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

uint64_t Address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

bpf_attr Attachment(int cgroup, int program) {
  bpf_attr attributes = {};
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  return attributes;
}

}  // namespace

ErrnoOr<Fd> LoadDeviceProgram(std::span<const BpfInstruction> program) {
  bpf_attr attributes = {};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = Address(program.data());
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.license = Address("Apache-2.0");
  constexpr char kName[] = "berth_devices";
  static_assert(sizeof(kName) <= BPF_OBJ_NAME_LEN);
  memcpy(attributes.prog_name, kName, sizeof(kName));
  const long fd = Bpf(BPF_PROG_LOAD, attributes);  // always close-on-exec
  if (fd < 0) {
    return Errno::Last("bpf(PROG_LOAD)");
  }
  return Fd(static_cast<int>(fd));
}

Result AttachDeviceProgram(int cgroup, int program) {
  bpf_attr attributes = Attachment(cgroup, program);
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  return ResultOf(Bpf(BPF_PROG_ATTACH, attributes), "bpf(PROG_ATTACH)");
}

Result DetachDeviceProgram(int cgroup, int program) {
  bpf_attr attributes = Attachment(cgroup, program);
  return ResultOf(Bpf(BPF_PROG_DETACH, attributes), "bpf(PROG_DETACH)");
}

ErrnoOr<size_t> FindDevicePrograms(int cgroup, std::span<uint32_t> ids) {
  bpf_attr attributes = {};
  attributes.query.target_fd = static_cast<uint32_t>(cgroup);
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = Address(ids.data());
  attributes.query.prog_cnt = static_cast<uint32_t>(ids.size());
  SYS_RETURN_IF_ERROR(ResultOf(Bpf(BPF_PROG_QUERY, attributes), "bpf(PROG_QUERY)"));
  return size_t{attributes.query.prog_cnt};
}

ErrnoOr<Fd> OpenProgram(uint32_t id) {
  bpf_attr attributes = {};
  attributes.prog_id = id;
  const long fd = Bpf(BPF_PROG_GET_FD_BY_ID, attributes);
  if (fd < 0) {
    return Errno::Last("bpf(PROG_GET_FD_BY_ID)");
  }
  return Fd(static_cast<int>(fd));
}

}  // namespace berth::sys
