// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metrics/container_metrics.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// What the running containers use now and what crossed the networks of the pods that are ready, for
// a scrape. Never waits for an operation on a pod; what ends meanwhile drops out.
metrics::NodeSample SampleNode(const runtime::PodRuntime& runtime);

}  // namespace berth::cri
