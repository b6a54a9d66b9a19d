// SPDX-License-Identifier: Apache-2.0
#include "runtime/hook_bundle.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/oci/bundle.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using ::testing::EndsWith;
using ::testing::SizeIs;

LaunchPlan PlanIn(const std::string& bundle) {
  LaunchPlan plan;
  plan.bundle = bundle;
  plan.process.arguments = {"run", "it"};
  return plan;
}

TEST(HookBundle, IsThereAsLongAsItIsHeld) {
  const test::TempDir directory;
  const std::string path = directory.Join("bundle");
  directory.Write("bundle/left", "by a daemon that died");
  {
    absl::StatusOr<HookBundle> bundle = HookBundle::Make(Encode(PlanIn(path)));
    ASSERT_THAT(bundle, IsOk());
    EXPECT_EQ(directory.Read("bundle/config.json"),
              oci::FormatHookBundle(PlanIn(path), directory.Join("root")));
    EXPECT_FALSE(std::filesystem::exists(directory.Join("bundle/left")));
    const HookBundle moved = *std::move(bundle);
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(HookBundle, IsNoneWithoutHooks) {
  EXPECT_THAT(HookBundle::Make(Encode(LaunchPlan())), IsOk());
  EXPECT_FALSE(HookBundle::Make("no plan").ok());
  EXPECT_FALSE(HookBundle::Make(Encode(PlanIn("/proc/nowhere/bundle"))).ok());
}

TEST(HookBundle, GivesTheEndOfWhatWasSaid) {
  const test::TempDir directory;
  const absl::StatusOr<HookBundle> bundle =
      HookBundle::Make(Encode(PlanIn(directory.Join("bundle"))));
  ASSERT_THAT(bundle, IsOk());
  EXPECT_EQ(bundle->Output(), "its output cannot be read");
  directory.Write(absl::StrCat("bundle/", kHookOutput), "first\nsecond\n");
  EXPECT_EQ(bundle->Output(), "first; second");
  directory.Write(absl::StrCat("bundle/", kHookOutput), std::string(5000, 'x') + "end");
  EXPECT_THAT(bundle->Output(), EndsWith("xend"));
  EXPECT_THAT(bundle->Output(), SizeIs(kMaxHookOutput));
}

}  // namespace
}  // namespace berth::runtime
