// SPDX-License-Identifier: Apache-2.0
#include "cri/stats_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "cri/messages.h"
#include "runtime/pod_file_names.h"

namespace berth::cri {
namespace {

constexpr uint64_t kBlock = 512;       // of st_blocks
constexpr uint64_t kUncounted = 4096;  // of a file: what the daemon has made of it

// Of the files that a pod's containers have in /etc: nobody else counts them (CVE-2020-8557).
uint64_t GrownBytes(const std::string& directory) {
  uint64_t bytes = 0;
  for (const char* name : runtime::kPodFileNames) {
    const std::string path = JoinPath(directory, name);
    if (const auto file = sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW); file.ok()) {
      const uint64_t taken = static_cast<uint64_t>(file->st_blocks) * kBlock;
      bytes += taken - std::min(taken, kUncounted);
    }
  }
  return bytes;
}

}  // namespace

ContainersByPod GroupByPod(std::vector<runtime::ContainerSnapshot> containers) {
  ContainersByPod pods;
  for (runtime::ContainerSnapshot& container : containers) {
    pods[container.pod_id].push_back(std::move(container));
  }
  return pods;
}

absl::StatusOr<imageservice::SnapshotUsage> ReadWritten(const runtime::ContainerSnapshot& container,
                                                        const runtime::PodRuntime& runtime,
                                                        const imageservice::ImageStore& images) {
  ASSIGN_OR_RETURN(imageservice::SnapshotUsage written, images.RootfsUsage(container.id));
  if (const auto pod = runtime.FindPod(container.pod_id); pod.ok()) {
    written.bytes += GrownBytes(pod->directory);
  }
  return written;
}

absl::StatusOr<v1::ContainerStats> ReadStats(const runtime::ContainerSnapshot& container,
                                             const runtime::PodRuntime& runtime,
                                             const imageservice::ImageStore& images) {
  ASSIGN_OR_RETURN(runtime::ContainerUsage usage, runtime.Usage(container.id));
  v1::ContainerStats stats = ToContainerStats(container, usage);
  absl::StatusOr<imageservice::SnapshotUsage> layer = ReadWritten(container, runtime, images);
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
