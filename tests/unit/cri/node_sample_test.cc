// SPDX-License-Identifier: Apache-2.0
#include "cri/node_sample.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_pod_runtime.h"

namespace berth::cri {
namespace {

namespace v1 = ::runtime::v1;

class NodeSample : public ::testing::Test {
 protected:
  void AddPod(const std::string& id) {
    runtime::PodSnapshot& pod = runtime.pods.emplace_back();
    pod.id = id;
    pod.config.mutable_metadata()->set_name("web");
    pod.config.mutable_metadata()->set_namespace_("shop");
  }
  void AddContainer(const std::string& id, const std::string& pod, v1::ContainerState state) {
    runtime::ContainerSnapshot& container = runtime.containers.emplace_back();
    container.id = id;
    container.pod_id = pod;
    container.state = state;
    container.config.mutable_metadata()->set_name("app");
  }

  test::FakePodRuntime runtime;
};

TEST_F(NodeSample, HasRunningContainersUnderTheNamesOfCri) {
  AddPod("a1");
  AddContainer("c1", "a1", v1::CONTAINER_RUNNING);
  AddContainer("c2", "a1", v1::CONTAINER_EXITED);
  AddContainer("c3", "a1", v1::CONTAINER_RUNNING);  // ends before its figures are read
  runtime::ContainerUsage& usage = runtime.usage["c1"];
  usage.cpu_ns = 1'500'000'000;
  usage.memory_usage = 4;
  usage.memory_working_set = 3;
  usage.memory_rss = 2;
  usage.pids = 1;
  runtime.usage["c2"] = {};
  const metrics::NodeSample sample = SampleNode(runtime);
  ASSERT_EQ(sample.containers.size(), 1u);
  const metrics::ContainerSample& container = sample.containers[0];
  EXPECT_EQ(container.pod_namespace, "shop");
  EXPECT_EQ(container.pod, "web");
  EXPECT_EQ(container.container, "app");
  EXPECT_DOUBLE_EQ(container.cpu_seconds, 1.5);
  EXPECT_EQ(container.memory_usage_bytes, 4u);
  EXPECT_EQ(container.memory_working_set_bytes, 3u);
  EXPECT_EQ(container.memory_rss_bytes, 2u);
  EXPECT_EQ(container.processes, 1u);
}

TEST_F(NodeSample, HasThePodsThatHaveANetworkOfTheirOwn) {
  AddPod("a1");
  AddPod("a2");  // on the host's network
  runtime.network_usage["a1"] = {.receive_bytes = 1,
                                 .receive_packets = 2,
                                 .transmit_bytes = 3,
                                 .transmit_packets = 4,
                                 .interfaces = {}};
  const metrics::NodeSample sample = SampleNode(runtime);
  ASSERT_EQ(sample.pods.size(), 1u);
  EXPECT_EQ(sample.pods[0].pod_namespace, "shop");
  EXPECT_EQ(sample.pods[0].pod, "web");
  EXPECT_EQ(sample.pods[0].receive_bytes, 1u);
  EXPECT_EQ(sample.pods[0].receive_packets, 2u);
  EXPECT_EQ(sample.pods[0].transmit_bytes, 3u);
  EXPECT_EQ(sample.pods[0].transmit_packets, 4u);
}

}  // namespace
}  // namespace berth::cri
