// SPDX-License-Identifier: Apache-2.0
#include "metrics/container_metrics.h"

#include <string>

#include "gtest/gtest.h"

namespace berth::metrics {
namespace {

TEST(ContainerMetrics, ExportsEachContainerAndPodOnceTheLaterSampleCounting) {
  ContainerMetrics metrics([] {
    NodeSample sample;
    sample.containers.push_back({"ns", "web", "app", 1.5, 10, 9, 8, 3});
    sample.containers.push_back({"ns", "web", "app", 2.5, 11, 10, 9, 4});
    sample.containers.push_back({"ns", "web", "log", 0.5, 1, 1, 1, 1});
    sample.pods.push_back({"ns", "web", 100, 200, 1, 2});
    return sample;
  });
  const auto families = metrics.Collect();
  ASSERT_EQ(families.size(), 9u);
  ASSERT_EQ(families[0].name, "berth_container_cpu_seconds_total");
  ASSERT_EQ(families[0].metric.size(), 2u);
  EXPECT_EQ(families[0].metric[0].label[2].value, "app");
  EXPECT_EQ(families[0].metric[0].counter.value, 2.5);
  EXPECT_EQ(families[4].metric[0].gauge.value, 4);
  EXPECT_EQ(families[5].name, "berth_pod_network_receive_bytes_total");
  EXPECT_EQ(families[5].metric.at(0).counter.value, 100);
}

TEST(ContainerMetrics, ExportsNothingForAnEmptyNode) {
  EXPECT_TRUE(ContainerMetrics([] { return NodeSample(); }).Collect().empty());
}

}  // namespace
}  // namespace berth::metrics
