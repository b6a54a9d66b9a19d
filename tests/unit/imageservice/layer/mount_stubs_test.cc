// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/mount_stubs.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/imageservice/build/tree_under_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using std::filesystem::exists;

TEST(MountStubs, GoWithTheDirectoriesAboveThem) {
  TreeUnderTest image;
  image.Add("etc/passwd", "x");
  TreeUnderTest upper;
  upper.Add("etc/hosts").Add("proc/").Add("run/secrets/one").Add("made", "x");
  ASSERT_THAT(RemoveMountStubs(image.View(), upper.path(), {"/run/secrets/one", "/none"}), IsOk());
  for (const char* gone : {"/etc", "/proc", "/run"}) {
    EXPECT_FALSE(exists(upper.path() + gone)) << gone;
  }
  EXPECT_TRUE(exists(upper.path() + "/made"));
}

TEST(MountStubs, AreNotWhatTheStepHasMade) {
  TreeUnderTest image;
  image.Add("sys/").Add("etc/hosts", "of the image");
  TreeUnderTest upper;
  upper.Add("etc/resolv.conf", "content").Add("dev/kept").Add("sys/").Add("etc/hosts");
  std::filesystem::permissions(upper.path() + "/sys", std::filesystem::perms::owner_all);
  ASSERT_THAT(RemoveMountStubs(image.View(), upper.path(), {}), IsOk());
  for (const char* there : {"/etc/resolv.conf", "/dev/kept", "/sys", "/etc/hosts"}) {
    EXPECT_TRUE(exists(upper.path() + there)) << there;
  }
}

}  // namespace
}  // namespace berth::imageservice
