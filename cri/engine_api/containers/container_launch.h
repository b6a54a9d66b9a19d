// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "cri/engine_api/containers/container_planner.h"
#include "imageservice/image_store.h"
#include "runtime/plan_check.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

struct LaunchedContainer {
  std::string pod_id;
  int64_t started_at = 0;  // ns
};

// InvalidArgument for what no start of the container `id`, whose root is there, could make good.
// What the node lacks it may have by then.
absl::Status CheckLaunch(const runtime::PlanCheck& plans, imageservice::ImageStore& images,
                         const Call& call, const std::string& id, const ContainerPlan& plan);

// Makes the planned pod and the container `id` in it, on the root that is its own, and starts it.
// `before_start` is called in between, and may fail it. On failure nothing is left: an error of the
// program's execution is InvalidArgument, in the words by which Docker's client tells 126 and 127.
absl::StatusOr<LaunchedContainer> LaunchContainer(
    runtime::PodRuntime& runtime, imageservice::ImageStore& images, const Call& call,
    const std::string& id, const ContainerPlan& plan,
    absl::FunctionRef<absl::Status(const std::string& pod_id)> before_start);

// What a start makes of the container's record. Pure.
void NoteStarted(const LaunchedContainer& launched, EngineContainerRecord& record);

}  // namespace berth::cri
