// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/file_access.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

ContainerSpec SpecOf(const char* host_config) {
  absl::StatusOr<ContainerSpec> spec =
      ParseContainerSpec(Json::object(), *ParseJson(host_config, 1000));
  EXPECT_TRUE(spec.ok()) << spec.status();
  return *std::move(spec);
}

TEST(FileAccess, MountsAboveComeBeforeThoseBelow) {
  const ContainerSpec spec =
      SpecOf(R"({"Binds": ["/host:/a/b:ro", "/other:/a/"], "Tmpfs": {"/a/b/c": ""}})");
  const std::vector<ViewMount> mounts = PlanViewMounts(spec);
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].target, "/a");
  EXPECT_EQ(mounts[0].source, "/other");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].target, "/a/b");
  EXPECT_TRUE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].source, "");
}

TEST(FileAccess, APathIsInTheNearestMount) {
  const ContainerSpec spec = SpecOf(R"({"Binds": ["/host:/a/b:ro", "/other:/a"]})");
  EXPECT_EQ(MountOf(spec, "/ab"), nullptr);
  EXPECT_EQ(MountOf(spec, "/"), nullptr);
  EXPECT_EQ(MountOf(spec, "/a")->source, "/other");
  EXPECT_EQ(MountOf(spec, "/a/bc")->source, "/other");
  EXPECT_EQ(MountOf(spec, "/a/b/c")->source, "/host");
}

}  // namespace
}  // namespace berth::cri
