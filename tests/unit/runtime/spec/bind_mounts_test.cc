// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/bind_mounts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;

TEST(BindMounts, AreOfTheRequestsKind) {
  absl::StatusOr<v1::Mount> mount = ToBindMount("/a", "/b", "", {});
  ASSERT_THAT(mount, IsOk());
  EXPECT_EQ(mount->host_path(), "/a");
  EXPECT_EQ(mount->container_path(), "/b");
  EXPECT_FALSE(mount->readonly());
  EXPECT_EQ(mount->propagation(), v1::PROPAGATION_PRIVATE);
  mount = ToBindMount("/a", "/b", "bind", {"rbind", "rro", "rslave", "nodev", "noexec"});
  ASSERT_THAT(mount, IsOk());
  EXPECT_TRUE(mount->readonly() && mount->recursive_read_only());
  EXPECT_EQ(mount->propagation(), v1::PROPAGATION_HOST_TO_CONTAINER);
  EXPECT_THAT(mount->mount_options(), ElementsAre("nodev", "noexec"));
  mount = ToBindMount("/a", "/b", "bind", {"shared", "rw", "exec"});
  ASSERT_THAT(mount, IsOk());
  EXPECT_EQ(mount->propagation(), v1::PROPAGATION_BIDIRECTIONAL);
  EXPECT_THAT(ToBindMount("/a", "/b", "tmpfs", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(ToBindMount("/a", "/b", "", {"sync"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(BindMounts, AreTakenAwayByPlace) {
  v1::ContainerConfig config;
  for (const char* path : {"/a", "/b/", "/b/c", "/b/./"}) {
    config.add_mounts()->set_container_path(path);
  }
  EXPECT_TRUE(RemoveMountAt("/b", config));
  EXPECT_FALSE(RemoveMountAt("/b", config));
  ASSERT_EQ(config.mounts_size(), 2);
  EXPECT_EQ(config.mounts(1).container_path(), "/b/c");
}

}  // namespace
}  // namespace berth::runtime
