// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_messages.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::nri {
namespace {

using ::testing::ElementsAre;

v1::ContainerConfig AppConfig() {
  v1::ContainerConfig config;
  config.mutable_metadata()->set_name("app");
  config.add_args("serve");
  (*config.mutable_labels())["tier"] = "web";
  v1::KeyValue& env = *config.add_envs();
  env.set_key("HOME");
  env.set_value("/data");
  v1::Mount& mount = *config.add_mounts();
  mount.set_container_path("/data");
  mount.set_host_path("/srv/data");
  mount.set_readonly(true);
  mount.set_propagation(v1::PROPAGATION_HOST_TO_CONTAINER);
  mount.add_mount_options("noexec");
  config.mutable_linux()->mutable_resources()->set_oom_score_adj(-5);
  return config;
}

runtime::ContainerImage AppImage() {
  runtime::ContainerImage image;
  image.id = "sha256:cc";
  image.reference = "example.org/app:1";
  image.repo_digest = "example.org/app@sha256:aa";
  image.entrypoint = {"/app"};
  image.command = {"help"};
  image.environment = {"PATH=/bin", "HOME=/"};
  return image;
}

TEST(NriMessages, APodIsDescribedWithItsNetwork) {
  runtime::PodSnapshot pod;
  pod.id = "p1";
  pod.config.mutable_metadata()->set_name("web");
  pod.config.mutable_metadata()->set_namespace_("shop");
  pod.config.mutable_metadata()->set_uid("u1");
  (*pod.config.mutable_annotations())["a"] = "b";
  pod.config.mutable_linux()->set_cgroup_parent("/kubepods/x");
  pod.config.mutable_linux()->mutable_overhead()->set_memory_limit_in_bytes(7);
  pod.runtime_handler = "berth";
  pod.network.ips = {"10.0.0.2"};
  pod.shim_pid = 42;
  pod.network_namespace = "/proc/42/ns/net";
  const api::PodSandbox seen = ToNriPod(pod);
  EXPECT_EQ(seen.id(), "p1");
  EXPECT_EQ(seen.name(), "web");
  EXPECT_EQ(seen.namespace_(), "shop");
  EXPECT_EQ(seen.uid(), "u1");
  EXPECT_EQ(seen.annotations().at("a"), "b");
  EXPECT_EQ(seen.runtime_handler(), "berth");
  EXPECT_EQ(seen.pid(), 42u);
  EXPECT_THAT(seen.ips(), ElementsAre("10.0.0.2"));
  EXPECT_EQ(seen.linux().cgroup_parent(), "/kubepods/x");
  EXPECT_EQ(seen.linux().pod_overhead().memory().limit().value(), 7);
  ASSERT_EQ(seen.linux().namespaces_size(), 1);
  EXPECT_EQ(seen.linux().namespaces(0).path(), "/proc/42/ns/net");
}

TEST(NriMessages, AContainerToBeIsDescribedAsItWillRun) {
  runtime::ContainerRequest request;
  request.id = "c1";
  request.pod_id = "p1";
  request.config = AppConfig();
  request.image = AppImage();
  const api::Container seen = ToNriContainer(request);
  EXPECT_EQ(seen.id(), "c1");
  EXPECT_EQ(seen.pod_sandbox_id(), "p1");
  EXPECT_EQ(seen.name(), "app");
  EXPECT_EQ(seen.labels().at("tier"), "web");
  EXPECT_THAT(seen.args(), ElementsAre("/app", "serve"));
  EXPECT_THAT(seen.env(), ElementsAre("PATH=/bin", "HOME=/data"));
  ASSERT_EQ(seen.mounts_size(), 1);
  EXPECT_EQ(seen.mounts(0).destination(), "/data");
  EXPECT_EQ(seen.mounts(0).source(), "/srv/data");
  EXPECT_THAT(seen.mounts(0).options(), ElementsAre("rbind", "rslave", "ro", "noexec"));
  EXPECT_EQ(seen.linux().oom_score_adj().value(), -5);
  EXPECT_EQ(seen.image().name(), "example.org/app:1");
  EXPECT_EQ(seen.image().digest(), "sha256:aa");
  EXPECT_EQ(seen.image().config_digest(), "sha256:cc");
}

TEST(NriMessages, TheRequestsCommandReplacesAllOfTheImages) {
  runtime::ContainerRequest request;
  request.image = AppImage();
  request.config.add_command("/bin/sh");
  EXPECT_THAT(ToNriContainer(request).args(), ElementsAre("/bin/sh"));
  request.config.clear_command();
  EXPECT_THAT(ToNriContainer(request).args(), ElementsAre("/app", "help"));
}

TEST(NriMessages, AContainerThatIsThereHasItsState) {
  runtime::ContainerSnapshot container;
  container.id = "c1";
  container.pod_id = "p1";
  container.config = AppConfig();
  container.image = AppImage();
  container.state = v1::CONTAINER_EXITED;
  container.created_at = 1;
  container.started_at = 2;
  container.finished_at = 3;
  container.exit_code = 137;
  container.reason = "OOMKilled";
  container.uid = 1000;
  container.gid = 1001;
  container.groups = {1001, 7};
  const api::Container seen = ToNriContainer(container);
  EXPECT_EQ(seen.state(), api::CONTAINER_STATE_STOPPED);
  EXPECT_EQ(seen.created_at(), 1);
  EXPECT_EQ(seen.started_at(), 2);
  EXPECT_EQ(seen.finished_at(), 3);
  EXPECT_EQ(seen.exit_code(), 137);
  EXPECT_EQ(seen.status_reason(), "OOMKilled");
  EXPECT_EQ(seen.user().uid(), 1000u);
  EXPECT_THAT(seen.user().additional_gids(), ElementsAre(7u));
}

TEST(NriMessages, AnEmptyNodeIsOneRequest) {
  const std::vector<api::SynchronizeRequest> parts = MakeSynchronizeRequests({});
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_FALSE(parts[0].more());
}

TEST(NriMessages, AFullNodeIsToldInParts) {
  Inventory inventory;
  inventory.pods.resize(3);
  inventory.containers.resize(50);
  for (api::Container& container : inventory.containers) {
    (*container.mutable_annotations())["large"] = std::string(200 << 10, 'x');
  }
  const std::vector<api::SynchronizeRequest> parts = MakeSynchronizeRequests(inventory);
  ASSERT_GT(parts.size(), 1u);
  int pods = 0, containers = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].more(), i + 1 < parts.size());
    EXPECT_LT(parts[i].ByteSizeLong(), size_t{4} << 20);
    pods += parts[i].pods_size();
    containers += parts[i].containers_size();
  }
  EXPECT_EQ(pods, 3);
  EXPECT_EQ(containers, 50);
}

}  // namespace
}  // namespace berth::nri
