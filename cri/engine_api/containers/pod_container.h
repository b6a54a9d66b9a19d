// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_record.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// A container of a pod of CRI as the Engine API knows it: `of_pod`, with its image's configuration,
// for what a pod adds to it (environment, command) belongs to the pod. Whether it is paused is not
// said. Pure.
EngineContainerRecord RecordOfPodContainer(const runtime::ContainerSnapshot& container);

}  // namespace berth::cri
