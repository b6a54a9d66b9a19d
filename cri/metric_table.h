// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/repeated_field.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/figures.h"
#include "runtime/pod_runtime.h"

// The metrics that the kubelet serves in cAdvisor's place, by cAdvisor's names. Pure.
namespace berth::cri {

namespace v1 = ::runtime::v1;

// What a container takes of the filesystem that holds its writable layer, and that as a whole.
struct FilesystemFigures {
  std::string device;
  uint64_t used_bytes = 0;
  uint64_t bytes = 0;
  uint64_t inodes = 0;
  uint64_t free_inodes = 0;
};

// What one set of metrics is of: a container, or a pod as a whole (no `container`).
struct Measured {
  std::string id;
  std::string image;
  std::string pod_namespace;
  std::string pod;
  std::string container;
  int64_t started_at = 0;  // ns
  int64_t at = 0;          // ns
  runtime::Figures figures;
  std::vector<runtime::InterfaceUsage> interfaces;  // of a pod
  std::optional<FilesystemFigures> filesystem;      // of a container
};

// The name of a block device, /dev/sda.
using DeviceName = std::function<std::string(uint32_t major, uint32_t minor)>;

google::protobuf::RepeatedPtrField<v1::MetricDescriptor> MetricDescriptors();

// What is not known has no metric.
google::protobuf::RepeatedPtrField<v1::Metric> MetricsOf(const Measured& measured,
                                                         const DeviceName& device_name);

}  // namespace berth::cri
