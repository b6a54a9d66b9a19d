// SPDX-License-Identifier: Apache-2.0
#include "runtime/relabel.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;

TEST(Relabel, LeavesWhatIsOfTheHost) {
  for (const char* path : {"/", "/etc", "/etc/", "/usr", "/usr/share/x", "/proc/1", "/dev/null",
                           "/var/lib", "/etc/shadow", "/home", "/sys"}) {
    EXPECT_TRUE(IsOfTheHost(path)) << path;
    EXPECT_THAT(Relabel(path, "label"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("selinux_relabel")))
        << path;
  }
  for (const char* path :
       {"/var/lib/kubelet/pods/x", "/home/me", "/usrlocal", "/etc/app", "/data"}) {
    EXPECT_FALSE(IsOfTheHost(path)) << path;
  }
}

TEST(Relabel, NeedsSomethingThatIsThere) {
  EXPECT_THAT(Relabel("/no/such/volume", "label"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::runtime
