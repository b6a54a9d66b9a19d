// SPDX-License-Identifier: Apache-2.0
#include "runtime/user_namespace_probe.h"

#include <sched.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/namespace.h"
#include "base/sys/user_namespace.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

KERNEL_TEST(UserNamespaceProbe, FindsThem) {
  EXPECT_THAT(ProbeUserNamespaces(), test::IsOk());
}

KERNEL_TEST(UserNamespaceProbe, SaysWhatIsMissing) {
  // In a namespace of our own, which may have none below it.
  sys::ErrnoOr<sys::Process> holder = sys::HoldUserNamespace(0, 0, 1000);
  ASSERT_THAT(holder, test::IsOk());
  sys::ErrnoOr<sys::Fd> users = sys::OpenNamespaceOf(holder->pid(), "user");
  ASSERT_THAT(sys::EnterNamespaces(users->get(), CLONE_NEWUSER), test::IsOk());
  std::ofstream("/proc/sys/user/max_user_namespaces") << 0;
  EXPECT_THAT(ProbeUserNamespaces(), test::StatusIs(absl::StatusCode::kResourceExhausted,
                                                    HasSubstr("make a user namespace")));
}

}  // namespace
}  // namespace berth::runtime
