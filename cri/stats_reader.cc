// SPDX-License-Identifier: Apache-2.0
#include "cri/stats_reader.h"

#include <utility>

#include "base/status.h"
#include "cri/messages.h"

namespace berth::cri {

ContainersByPod GroupByPod(std::vector<runtime::ContainerSnapshot> containers) {
  ContainersByPod pods;
  for (runtime::ContainerSnapshot& container : containers) {
    pods[container.pod_id].push_back(std::move(container));
  }
  return pods;
}

absl::StatusOr<v1::ContainerStats> ReadStats(const runtime::ContainerSnapshot& container,
                                             const runtime::PodRuntime& runtime,
                                             const imageservice::ImageStore& images) {
  ASSIGN_OR_RETURN(runtime::ContainerUsage usage, runtime.Usage(container.id));
  v1::ContainerStats stats = ToContainerStats(container, usage);
  absl::StatusOr<imageservice::SnapshotUsage> layer = images.RootfsUsage(container.id);
  if (layer.ok()) {
    v1::FilesystemUsage& writable = *stats.mutable_writable_layer();
    writable.set_timestamp(absl::ToUnixNanos(layer->at));
    writable.mutable_fs_id()->set_mountpoint(images.Usage().mountpoint);
    writable.mutable_used_bytes()->set_value(layer->bytes);
    writable.mutable_inodes_used()->set_value(layer->inodes);
  }  // else not measured yet, or the container is going away
  return stats;
}

absl::StatusOr<v1::PodSandboxStats> ReadStats(
    const runtime::PodSnapshot& pod, const std::vector<runtime::ContainerSnapshot>& containers,
    const runtime::PodRuntime& runtime, const imageservice::ImageStore& images) {
  ASSIGN_OR_RETURN(const runtime::PodUsage usage, runtime.UsageOfPod(pod.id));
  v1::PodSandboxStats stats = ToPodSandboxStats(pod, usage);
  v1::LinuxPodSandboxStats& linux_stats = *stats.mutable_linux();
  if (const auto network = runtime.NetworkUsage(pod.id); network.ok()) {
    *linux_stats.mutable_network() = ToNetworkUsage(*network, usage.total.at);
  }  // else it is on the host's
  for (const runtime::ContainerSnapshot& container : containers) {
    absl::StatusOr<v1::ContainerStats> one = ReadStats(container, runtime, images);
    if (one.ok()) {
      *linux_stats.add_containers() = *std::move(one);
    }
  }
  return stats;
}

}  // namespace berth::cri
