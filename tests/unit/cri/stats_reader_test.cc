// SPDX-License-Identifier: Apache-2.0
#include "cri/stats_reader.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"

namespace berth::cri {
namespace {

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
