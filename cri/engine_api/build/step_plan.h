// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "imageservice/build/step_runner.h"
#include "runtime/pod_runtime.h"

// A step of a build as a pod and its container. Pure.
namespace berth::cri {

runtime::v1::PodSandboxConfig PodOfStep(const imageservice::RunStep& step);
runtime::PodExtras ExtrasOfStep(const imageservice::RunStep& step);

// `id` is the container's.
runtime::ContainerRequest ContainerOfStep(const imageservice::RunStep& step,
                                          const std::string& pod_id, const std::string& id);

}  // namespace berth::cri
