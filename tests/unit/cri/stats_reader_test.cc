// SPDX-License-Identifier: Apache-2.0
#include "cri/stats_reader.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

TEST(GroupByPod, KeepsTheOrderWithinAPod) {
  std::vector<runtime::ContainerSnapshot> containers(3);
  containers[0].id = "c1";
  containers[1].id = "c2";
  containers[2].id = "c3";
  containers[0].pod_id = containers[2].pod_id = "a0";
  containers[1].pod_id = "b0";
  const ContainersByPod pods = GroupByPod(containers);
  ASSERT_EQ(pods.size(), 2u);
  ASSERT_EQ(pods.at("a0").size(), 2u);
  EXPECT_EQ(pods.at("a0").back().id, "c3");
}

TEST(ReadStats, GathersFromBothDoors) {
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  runtime::ContainerSnapshot container, ended;
  container.id = "c1";
  ended.id = "c2";
  EXPECT_TRUE(absl::IsNotFound(ReadStats(container, runtime, images).status()));
  runtime.usage["c1"].cpu_ns = 7;
  images.root_usage["c1"].bytes = 512;
  EXPECT_EQ(ReadStats(container, runtime, images)->writable_layer().used_bytes().value(), 512u);
  runtime::PodSnapshot pod;
  pod.id = "a0";
  EXPECT_TRUE(absl::IsNotFound(ReadStats(pod, {container}, runtime, images).status()));
  runtime.pod_usage["a0"].processes = 2;
  const auto stats = ReadStats(pod, {container, ended}, runtime, images);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->linux().containers_size(), 1);
}

TEST(ReadStats, CountsWhatHasGrownInThePodsFiles) {
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  const test::TempDir dir;
  runtime::ContainerSnapshot container;
  container.id = "c1";
  container.pod_id = runtime.pods.emplace_back().id = "a0";
  runtime.pods.back().directory = dir.path();
  images.root_usage["c1"].bytes = 512;
  dir.Write("hosts", "127.0.0.1 localhost\n");
  EXPECT_EQ(ReadWritten(container, runtime, images)->bytes, 512u);
  dir.Write("hostname", std::string(1 << 20, 'x'));
  EXPECT_GE(ReadWritten(container, runtime, images)->bytes, (1u << 20) - 4096 + 512);
  container.id = "c2";
  EXPECT_TRUE(absl::IsNotFound(ReadWritten(container, runtime, images).status()));
}

}  // namespace
}  // namespace berth::cri
