// SPDX-License-Identifier: Apache-2.0
#include "base/protected_paths.h"

#include "gmock/gmock.h"

namespace berth {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::StartsWith;

TEST(ProtectedPaths, AreOfTheKernel) {
  const ProtectedPaths& paths = DefaultProtectedPaths();
  EXPECT_THAT(paths.masked, Each(AnyOf(StartsWith("/proc/"), StartsWith("/sys/"))));
  EXPECT_THAT(paths.masked, Contains("/proc/kcore"));
  EXPECT_THAT(paths.read_only, Each(StartsWith("/proc/")));
  EXPECT_THAT(paths.read_only, Contains("/proc/sys"));
}

}  // namespace
}  // namespace berth
