// SPDX-License-Identifier: Apache-2.0
#include "cri/node_sample.h"

#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;
namespace {

constexpr double kNanosPerSecond = 1e9;

metrics::ContainerSample SampleOf(const runtime::ContainerSnapshot& container,
                                  const v1::PodSandboxMetadata& pod,
                                  const runtime::ContainerUsage& usage) {
  metrics::ContainerSample sample;
  sample.pod_namespace = pod.namespace_();
  sample.pod = pod.name();
  sample.container = container.config.metadata().name();
  sample.cpu_seconds = static_cast<double>(usage.cpu_ns) / kNanosPerSecond;
  sample.memory_usage_bytes = usage.memory_usage;
  sample.memory_working_set_bytes = usage.memory_working_set;
  sample.memory_rss_bytes = usage.memory_rss;
  sample.processes = usage.pids;
  return sample;
}

metrics::PodNetworkSample SampleOf(const v1::PodSandboxMetadata& pod,
                                   const runtime::PodNetworkUsage& usage) {
  metrics::PodNetworkSample sample;
  sample.pod_namespace = pod.namespace_();
  sample.pod = pod.name();
  sample.receive_bytes = usage.receive_bytes;
  sample.transmit_bytes = usage.transmit_bytes;
  sample.receive_packets = usage.receive_packets;
  sample.transmit_packets = usage.transmit_packets;
  return sample;
}

}  // namespace

metrics::NodeSample SampleNode(const runtime::PodRuntime& runtime) {
  metrics::NodeSample sample;
  std::map<std::string, v1::PodSandboxMetadata> pods;
  for (const runtime::PodSnapshot& pod : runtime.Pods()) {
    pods[pod.id] = pod.config.metadata();
    absl::StatusOr<runtime::PodNetworkUsage> usage = runtime.NetworkUsage(pod.id);
    if (usage.ok()) {  // else it has no network of its own
      sample.pods.push_back(SampleOf(pod.config.metadata(), *usage));
    }
  }
  for (const runtime::ContainerSnapshot& container : runtime.Containers()) {
    if (container.state != v1::CONTAINER_RUNNING) {
      continue;
    }
    absl::StatusOr<runtime::ContainerUsage> usage = runtime.Usage(container.id);
    if (usage.ok()) {
      sample.containers.push_back(SampleOf(container, pods[container.pod_id], *usage));
    }
  }
  return sample;
}

}  // namespace berth::cri
