// SPDX-License-Identifier: Apache-2.0
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;

// A filter that answers `call` with `errno_value` and allows everything else.
std::string Filter(uint32_t call, uint32_t errno_value) {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errno_value),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return std::string(reinterpret_cast<const char*>(program), sizeof(program));
}

KERNEL_TEST(Seccomp, LoadsTheFilterWithAndWithoutNoNewPrivileges) {
  PodUnderTest pod;
  for (bool no_new_privileges : {false, true}) {
    LaunchPlan plan =
        pod.Plan(absl::StrCat("a", no_new_privileges),
                 "grep -e NoNewPrivs -e Seccomp: /proc/self/status; mkdir /x || echo refused");
    plan.process.uid = 1000;
    plan.process.seccomp_program = Filter(SYS_mkdir, EPERM);
    plan.process.no_new_privileges = no_new_privileges;
    const std::string output = pod.Run(plan);
    EXPECT_THAT(output, HasSubstr(absl::StrCat("NoNewPrivs:\t", no_new_privileges ? 1 : 0)));
    EXPECT_THAT(output, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(output, HasSubstr("refused"));
  }
}

KERNEL_TEST(Seccomp, RefusesAFilterThatCannotBeLoaded) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "true");
  plan.process.seccomp_program = std::string(8, '\xff');
  ShimReply reply = pod.Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kSeccomp);
  EXPECT_EQ(reply.error, EINVAL);
  plan.process.no_new_privileges = true;
  reply = pod.Start(plan);
  EXPECT_EQ(reply.step, LaunchStep::kSeccomp);
}

}  // namespace
}  // namespace berth::test
