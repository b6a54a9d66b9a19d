// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_default_profile.h"

#include <cerrno>
#include <set>
#include <string>

#include "gtest/gtest.h"

#include "runtime/spec/capabilities.h"
#include "runtime/spec/seccomp_program.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/filter_machine.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kNewUser = 0x10000000;
constexpr uint64_t kNewNet = 0x40000000;
constexpr uint64_t kThread = 0x3d0f00;

uint64_t With(const char* capability) {
  return DefaultCapabilities() | uint64_t{1} << CapabilityNumber(capability).value();
}

class DefaultProfile : public ::testing::Test {
 protected:
  void SetUp() override {
    if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
      GTEST_SKIP() << "the numbers in this test are those of x86-64";
    }
    program_ = Compile(DefaultCapabilities());
  }

  static std::string Compile(uint64_t capabilities) {
    absl::StatusOr<std::string> program =
        CompileSeccompProgram(DefaultSeccompProfile(), HostFacts(), capabilities);
    EXPECT_THAT(program, test::IsOk());
    return program.value_or("");
  }

  uint32_t Run(const SystemCall& call) const { return RunFilter(program_, call); }

  std::string program_;
};

TEST_F(DefaultProfile, AllowsWhatProgramsCall) {
  for (const char* name :
       {"read", "openat2", "execve", "mmap", "futex", "ptrace", "chroot", "mknod", "rseq",
        "landlock_create_ruleset", "arch_prctl", "memfd_secret", "epoll_pwait2", "setuid"}) {
    EXPECT_EQ(Run(Named(name)), kAllowed) << name;
  }
}

TEST_F(DefaultProfile, RefusesWhatNeedsCapabilitiesOrIsNobodysBusiness) {
  for (const char* name :
       {"mount",           "umount2",    "unshare",     "setns",          "bpf",
        "perf_event_open", "keyctl",     "add_key",     "io_uring_setup", "io_uring_enter",
        "userfaultfd",     "kexec_load", "init_module", "reboot",         "open_by_handle_at",
        "settimeofday",    "swapon",     "acct",        "iopl",           "vhangup",
        "syslog",          "move_pages", "open_tree",   "fsopen",         "process_madvise",
        "nfsservctl"}) {
    EXPECT_EQ(Run(Named(name)), kErrno | EPERM) << name;
  }
}

TEST_F(DefaultProfile, CapabilitiesOpenTheirCalls) {
  const std::pair<const char*, std::set<const char*>> cases[] = {
      {"SYS_ADMIN", {"mount", "unshare", "clone3", "bpf", "setns", "sethostname", "fsopen"}},
      {"BPF", {"bpf"}},
      {"PERFMON", {"perf_event_open"}},
      {"SYS_MODULE", {"init_module", "delete_module"}},
      {"SYS_BOOT", {"reboot"}},
      {"SYS_TIME", {"settimeofday", "clock_settime"}},
      {"SYS_NICE", {"mbind", "set_mempolicy"}},
      {"SYSLOG", {"syslog"}},
      {"SYS_PTRACE", {"kcmp", "pidfd_getfd"}},
      {"DAC_READ_SEARCH", {"open_by_handle_at"}},
      {"SYS_RAWIO", {"iopl", "ioperm"}},
      {"SYS_PACCT", {"acct"}},
      {"SYS_TTY_CONFIG", {"vhangup"}},
  };
  for (const auto& [capability, names] : cases) {
    const std::string program = Compile(With(capability));
    for (const char* name : names) {
      EXPECT_EQ(RunFilter(program, Named(name)), kAllowed) << capability << " " << name;
    }
  }
  EXPECT_EQ(RunFilter(Compile(0), Named("chroot")), kErrno | EPERM);
}

TEST_F(DefaultProfile, ACloneMakesNoNamespaces) {
  EXPECT_EQ(Run(Named("clone", {kThread})), kAllowed);
  EXPECT_EQ(Run(Named("clone", {kThread | kNewUser})), kErrno | EPERM);
  EXPECT_EQ(Run(Named("clone", {kNewNet})), kErrno | EPERM);
  EXPECT_EQ(Run(Named("clone3")), kErrno | ENOSYS);
  const std::string admin = Compile(With("SYS_ADMIN"));
  EXPECT_EQ(RunFilter(admin, Named("clone", {kNewUser})), kAllowed);
}

TEST_F(DefaultProfile, OnlyHarmlessPersonalities) {
  for (const uint64_t allowed : {0UL, 8UL, 0x20000UL, 0x20008UL, 0xffffffffUL}) {
    EXPECT_EQ(Run(Named("personality", {allowed})), kAllowed) << allowed;
  }
  for (const uint64_t refused : {1UL, 0x40000UL, 0x400000UL, 0x100000000UL}) {
    EXPECT_EQ(Run(Named("personality", {refused})), kErrno | EPERM) << refused;
  }
}

TEST_F(DefaultProfile, AllAddressFamiliesButTwo) {
  for (uint64_t family = 0; family < 64; ++family) {
    const bool refused = family == 38 || family == 40;
    EXPECT_EQ(Run(Named("socket", {family})), refused ? kErrno | EPERM : kAllowed) << family;
    // The kernel looks at the low half only.
    EXPECT_EQ(Run(Named("socket", {family | uint64_t{7} << 32})),
              refused ? kErrno | EPERM : kAllowed)
        << family;
  }
}

TEST_F(DefaultProfile, KnowsCallsNewerThanTheLibrary) {
  EXPECT_EQ(Run({335}), kAllowed);  // uretprobe
  for (const uint32_t number : {451u, 452u, 453u, 456u, 457u, 462u, 463u, 466u}) {
    EXPECT_EQ(Run({number}), kAllowed) << number;
    EXPECT_EQ(Run({number, kI386}), kAllowed) << number;
    if (number != 453) {  // x32 has no shadow stacks
      EXPECT_EQ(Run({number | kX32Bit}), kAllowed) << number;
    }
  }
}

TEST_F(DefaultProfile, WhatIsNewerThanTheProfileSeemsNotToExist) {
  for (const uint32_t number : {467u, 470u, 600u, 0x3fffffffu}) {
    EXPECT_EQ(Run({number}), kErrno | ENOSYS) << number;
    EXPECT_EQ(Run({number, kI386}), kErrno | ENOSYS) << number;
  }
  // The last numbers of x32 are its own, from 512 to 547.
  EXPECT_EQ(Run({600 | kX32Bit}), kErrno | ENOSYS);
}

TEST_F(DefaultProfile, HoldsOn32BitAndX32Too) {
  const auto i386 = [](const char* name) {
    return SystemCall{static_cast<uint32_t>(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name)),
                      kI386,
                      0,
                      {}};
  };
  EXPECT_EQ(Run(i386("execve")), kAllowed);
  EXPECT_EQ(Run(i386("chown32")), kAllowed);
  EXPECT_EQ(Run(i386("mount")), kErrno | EPERM);
  EXPECT_EQ(Run(i386("keyctl")), kErrno | EPERM);
  EXPECT_EQ(Run({Named("getpid").number | kX32Bit}), kAllowed);
  EXPECT_EQ(Run({Named("mount").number | kX32Bit}), kErrno | EPERM);
  EXPECT_EQ(Run({Named("keyctl").number | kX32Bit}), kErrno | EPERM);
}

TEST_F(DefaultProfile, OtherArchitecturesAreKilled) {
  EXPECT_EQ(Run({0, SCMP_ARCH_AARCH64}), kKilled);
  EXPECT_EQ(Run({0, SCMP_ARCH_ARM}), kKilled);
}

// The whole table against the whole program, number by number.
TEST_F(DefaultProfile, TheProgramSaysWhatTheTableSays) {
  std::set<std::string> allowed;
  for (const SeccompRule& rule : DefaultSeccompProfile().rules) {
    if (rule.arguments.empty() && rule.action == SeccompAction::kAllow &&
        IsSeccompRuleActive(rule, HostFacts(), DefaultCapabilities())) {
      allowed.insert(rule.names.begin(), rule.names.end());
    }
  }
  int checked = 0;
  for (const uint32_t architecture : {kX86_64, kI386}) {
    for (uint32_t number = 0; number < 450; ++number) {
      char* name = seccomp_syscall_resolve_num_arch(architecture, static_cast<int>(number));
      const std::string known = name == nullptr ? "" : name;
      free(name);
      if (known.empty() || known == "clone" || known == "clone3" || known == "socket" ||
          known == "personality") {
        continue;
      }
      EXPECT_EQ(Run({number, architecture}), allowed.count(known) > 0 ? kAllowed : kErrno | EPERM)
          << known << " " << architecture;
      ++checked;
    }
  }
  EXPECT_GT(checked, 700);
}

TEST_F(DefaultProfile, StaysShort) {
  EXPECT_LT(program_.size() / sizeof(FilterInstruction), 2000u);
}

}  // namespace
}  // namespace berth::runtime
