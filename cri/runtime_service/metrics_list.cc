// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/sysmacros.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "cri/block_device.h"
#include "cri/metric_table.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/stats_reader.h"
#include "cri/stream_pieces.h"

namespace berth::cri {
namespace {

constexpr char kBlockDevices[] = "/sys/dev/block";

std::string NameOf(uint32_t major, uint32_t minor) {
  return BlockDeviceName(kBlockDevices, major, minor);
}

// Of the filesystem that holds all writable layers; nothing when it cannot be asked.
std::optional<FilesystemFigures> FilesystemOf(const std::string& directory) {
  const sys::ErrnoOr<sys::Fd> fd = sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (!fd.ok()) {
    return std::nullopt;
  }
  const sys::ErrnoOr<sys::Space> space = sys::SpaceOf(fd->get());
  const sys::ErrnoOr<struct stat> info = sys::Stat(fd->get());
  if (!space.ok() || !info.ok()) {
    return std::nullopt;
  }
  return FilesystemFigures{.device = NameOf(major(info->st_dev), minor(info->st_dev)),
                           .bytes = space->bytes,
                           .inodes = space->inodes,
                           .free_inodes = space->free_inodes};
}

// One list of metrics: of every pod that is ready, and of its containers that run.
class MetricsReader {
 public:
  MetricsReader(const runtime::PodRuntime& runtime, const imageservice::ImageStore& images)
      : runtime_(runtime),
        images_(images),
        filesystem_(FilesystemOf(images.Usage().mountpoint)),
        containers_(GroupByPod(runtime.Containers())) {}

  google::protobuf::RepeatedPtrField<v1::PodSandboxMetrics> List() const {
    google::protobuf::RepeatedPtrField<v1::PodSandboxMetrics> list;
    for (const runtime::PodSnapshot& pod : runtime_.Pods()) {
      if (pod.state == v1::SANDBOX_READY) {
        AddPod(pod, list);
      }
    }
    return list;
  }

 private:
  // What ends meanwhile drops out.
  void AddPod(const runtime::PodSnapshot& pod,
              google::protobuf::RepeatedPtrField<v1::PodSandboxMetrics>& list) const {
    absl::StatusOr<runtime::Figures> figures = runtime_.FiguresOfPod(pod.id);
    if (!figures.ok()) {
      return;
    }
    v1::PodSandboxMetrics& metrics = *list.Add();
    metrics.set_pod_sandbox_id(pod.id);
    Measured measured = Begin(pod, *std::move(figures));
    measured.id = pod.id;
    measured.started_at = pod.created_at;
    if (auto network = runtime_.NetworkUsage(pod.id); network.ok()) {
      measured.interfaces = std::move(network->interfaces);
    }
    *metrics.mutable_metrics() = MetricsOf(measured, NameOf);
    const auto containers = containers_.find(pod.id);
    if (containers != containers_.end()) {
      for (const runtime::ContainerSnapshot& container : containers->second) {
        AddContainer(pod, container, metrics);
      }
    }
  }

  void AddContainer(const runtime::PodSnapshot& pod, const runtime::ContainerSnapshot& container,
                    v1::PodSandboxMetrics& metrics) const {
    if (container.state != v1::CONTAINER_RUNNING) {
      return;
    }
    absl::StatusOr<runtime::Figures> figures = runtime_.FiguresOfContainer(container.id);
    if (!figures.ok()) {
      return;
    }
    Measured measured = Begin(pod, *std::move(figures));
    measured.id = container.id;
    measured.image = container.image.reference;
    measured.container = container.config.metadata().name();
    measured.started_at = container.started_at;
    measured.filesystem = filesystem_;
    if (const auto layer = ReadWritten(container, runtime_, images_);
        measured.filesystem.has_value() && layer.ok()) {
      measured.filesystem->used_bytes = layer->bytes;
    }
    v1::ContainerMetrics& added = *metrics.add_container_metrics();
    added.set_container_id(container.id);
    *added.mutable_metrics() = MetricsOf(measured, NameOf);
  }

  static Measured Begin(const runtime::PodSnapshot& pod, runtime::Figures figures) {
    Measured measured;
    measured.at = absl::ToUnixNanos(figures.cgroup.stats.at);
    measured.pod = pod.config.metadata().name();
    measured.pod_namespace = pod.config.metadata().namespace_();
    measured.figures = std::move(figures);
    return measured;
  }

  const runtime::PodRuntime& runtime_;
  const imageservice::ImageStore& images_;
  const std::optional<FilesystemFigures> filesystem_;
  const ContainersByPod containers_;
};

}  // namespace

grpc::Status RuntimeService::ListMetricDescriptors(grpc::ServerContext* context,
                                                   const v1::ListMetricDescriptorsRequest*,
                                                   v1::ListMetricDescriptorsResponse* response) {
  return ServeRpc("ListMetricDescriptors", context, metrics_, [&](const Call&) {
    *response->mutable_descriptors() = MetricDescriptors();
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::ListPodSandboxMetrics(grpc::ServerContext* context,
                                                   const v1::ListPodSandboxMetricsRequest*,
                                                   v1::ListPodSandboxMetricsResponse* response) {
  return ServeRpc("ListPodSandboxMetrics", context, metrics_, [&](const Call&) {
    *response->mutable_pod_metrics() = MetricsReader(runtime_, images_).List();
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::StreamPodSandboxMetrics(
    grpc::ServerContext* context, const v1::StreamPodSandboxMetricsRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxMetricsResponse>* writer) {
  return ServeSlowRpc("StreamPodSandboxMetrics", context, metrics_, lists_, [&](const Call&) {
    return SendInPieces(MetricsReader(runtime_, images_).List(),
                        &v1::StreamPodSandboxMetricsResponse::mutable_pod_sandbox_metrics, *writer);
  });
}

}  // namespace berth::cri
