// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "imageservice/image_store.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/pod_runtime.h"

// Gathers what the doors know of the use of one container or pod. Fails for one that does not run.
namespace berth::cri {

namespace v1 = ::runtime::v1;

using ContainersByPod = std::map<std::string, std::vector<runtime::ContainerSnapshot>>;
ContainersByPod GroupByPod(std::vector<runtime::ContainerSnapshot> containers);

// What the container has written: into its root, and into its pod's files for /etc, beyond the
// first 4 KiB of each. Those are counted for every container of the pod.
absl::StatusOr<imageservice::SnapshotUsage> ReadWritten(const runtime::ContainerSnapshot& container,
                                                        const runtime::PodRuntime& runtime,
                                                        const imageservice::ImageStore& images);

absl::StatusOr<v1::ContainerStats> ReadStats(const runtime::ContainerSnapshot& container,
                                             const runtime::PodRuntime& runtime,
                                             const imageservice::ImageStore& images);

// With `containers`, the pod's, as far as they run.
absl::StatusOr<v1::PodSandboxStats> ReadStats(
    const runtime::PodSnapshot& pod, const std::vector<runtime::ContainerSnapshot>& containers,
    const runtime::PodRuntime& runtime, const imageservice::ImageStore& images);

}  // namespace berth::cri
