// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/pod_container.h"

#include "gtest/gtest.h"

#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/containers/container_spec.h"

namespace berth::cri {
namespace {

runtime::ContainerSnapshot Web() {
  runtime::ContainerSnapshot web;
  web.id = std::string(64, 'a');
  web.pod_id = std::string(64, 'b');
  web.state = runtime::v1::CONTAINER_RUNNING;
  web.image.id = "sha256:1";
  web.image.reference = "app:1";
  web.image.command = {"serve"};
  web.image.user = "7";
  web.config.mutable_metadata()->set_name("web");
  web.config.add_args("--token=secret");
  runtime::v1::Mount& mount = *web.config.add_mounts();
  mount.set_host_path("/data");
  mount.set_container_path("/in");
  mount.set_readonly(true);
  return web;
}

TEST(RecordOfPodContainer, HasItsRootItsMountsAndItsState) {
  const EngineContainerRecord record = RecordOfPodContainer(Web());
  EXPECT_EQ(RootKeyOf(record), record.id);
  EXPECT_EQ(record.image_id, "sha256:1");
  EXPECT_EQ(record.state.status, EngineStatus::kRunning);
  EXPECT_EQ(record.state.pod_id, Web().pod_id);
  const std::vector<MountSpec> mounts = ReadMounts(record.mounts);
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].source, "/data");
  EXPECT_EQ(mounts[0].target, "/in");
  EXPECT_TRUE(mounts[0].read_only);
}

TEST(RecordOfPodContainer, HasItsImageVolumes) {
  runtime::ContainerSnapshot web = Web();
  runtime::v1::Mount& mount = *web.config.add_mounts();
  mount.set_container_path("/data");
  mount.set_readonly(true);
  mount.mutable_image()->set_image("sha256:2");
  mount.mutable_image()->set_user_specified_image("data:1");
  mount.mutable_image()->set_image_ref("sha256:2");
  mount.set_image_sub_path("part");
  const std::vector<MountSpec> mounts = ReadMounts(RecordOfPodContainer(web).mounts);
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[1].type, MountSpec::Type::kImage);
  EXPECT_EQ(mounts[1].source, "data:1");
  EXPECT_EQ(mounts[1].image_id, "sha256:2");
  EXPECT_EQ(mounts[1].subpath, "part");
}

TEST(RecordOfPodContainer, TellsTheImagesConfigurationAndNothingOfThePods) {
  const EngineContainerRecord record = RecordOfPodContainer(Web());
  EXPECT_EQ(record.config["Cmd"], Json({"serve"}));
  EXPECT_EQ(FormatJson(record.config).find("secret"), std::string::npos);
  EXPECT_TRUE(ParseContainerSpec(record.config, record.host_config).ok());
}

TEST(RecordOfPodContainer, KnowsOneThatHasEnded) {
  runtime::ContainerSnapshot ended = Web();
  ended.state = runtime::v1::CONTAINER_EXITED;
  ended.exit_code = 3;
  EXPECT_EQ(RecordOfPodContainer(ended).state.status, EngineStatus::kExited);
  EXPECT_EQ(RecordOfPodContainer(ended).state.exit_code, 3);
}

}  // namespace
}  // namespace berth::cri
