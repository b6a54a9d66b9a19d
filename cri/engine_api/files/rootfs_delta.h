// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "cri/engine_api/containers/container_record.h"
#include "imageservice/image_store.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/layer/rootfs_changes.h"

namespace berth::cri {

// What a container has written, and what it stands on.
struct RootfsDelta {
  imageservice::MergedView below;
  sys::Fd upper;
  std::set<std::string> stubs;  // made to mount on only: no change of the container's
};

// NotFound when the container has been removed meanwhile.
absl::StatusOr<RootfsDelta> OpenDelta(const Call& call, imageservice::ImageStore& images,
                                      const EngineContainerRecord& record);

absl::StatusOr<std::vector<imageservice::RootfsChange>> ChangesOf(const Call& call,
                                                                  const RootfsDelta& delta);

}  // namespace berth::cri
