// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_mount.h"

#include "gmock/gmock.h"

#include "runtime/spec/mount_attributes.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

VolumeMount Plan(const StringMap& options) {
  const auto plan = PlanVolumeMount(options);
  EXPECT_THAT(plan, IsOk());
  return plan.ok() && plan->has_value() ? **plan : VolumeMount();
}

TEST(VolumeMountPlan, NothingWithoutOptions) {
  const auto plan = PlanVolumeMount({});
  ASSERT_THAT(plan, IsOk());
  EXPECT_FALSE(plan->has_value());
}

TEST(VolumeMountPlan, AFilesystemWithOptionsAndFlags) {
  const VolumeMount mount = Plan(
      {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=64m,uid=1000,nosuid,ro,inode64,rw"}});
  EXPECT_EQ(mount.type, "tmpfs");
  EXPECT_FALSE(mount.binds);
  EXPECT_EQ(mount.attributes, runtime::kMountNoSuid | runtime::kMountReadOnly);
  EXPECT_THAT(mount.options,
              ElementsAre(Pair("size", "64m"), Pair("uid", "1000"), Pair("inode64", "")));
}

TEST(VolumeMountPlan, ABindMount) {
  const VolumeMount mount = Plan({{"type", "none"}, {"device", "/srv/data"}, {"o", "bind"}});
  EXPECT_TRUE(mount.binds);
  EXPECT_FALSE(mount.recursive);
  EXPECT_THAT(mount.options, IsEmpty());
  EXPECT_TRUE(Plan({{"type", "none"}, {"device", "/srv"}, {"o", "rbind,ro"}}).recursive);
  EXPECT_TRUE(Plan({{"type", "bind"}, {"device", "/srv"}}).binds);
}

TEST(VolumeMountPlan, RefusesInDockersWords) {
  const struct {
    StringMap options;
    const char* words;
  } kCases[] = {
      {{{"colour", "red"}}, "invalid option: \"colour\""},
      {{{"type", "tmpfs"}}, "missing required option: \"device\""},
      {{{"device", "tmpfs"}}, "missing required option: \"type\""},
      {{{"o", "ro"}}, "missing required option"},
      {{{"size", "1g"}}, "no quota support"},
      {{{"type", "none"}, {"device", "relative"}, {"o", "bind"}}, "absolute path"},
      {{{"type", "none"}, {"device", "/a"}, {"o", "bind,size=1"}}, "no options of a filesystem"},
      {{{"type", "tmpfs"}, {"device", std::string("a\0b", 3)}}, "NUL"},
  };
  for (const auto& [options, words] : kCases) {
    EXPECT_THAT(PlanVolumeMount(options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(words)));
  }
}

}  // namespace
}  // namespace berth::cri
