// SPDX-License-Identifier: Apache-2.0
#include "cri/stats_reader.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"

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

}  // namespace
}  // namespace berth::cri
