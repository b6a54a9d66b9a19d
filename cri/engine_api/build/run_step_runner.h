// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/step_runner.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// Runs the steps of builds as pods of one, with the limits of an ordinary container. What a killed
// daemon leaves is a pod of no container, which ContainerEngine removes at the next start.
class RunStepRunner : public imageservice::StepRunner {
 public:
  explicit RunStepRunner(runtime::PodRuntime& runtime) : runtime_(runtime) {}

  absl::StatusOr<int> Run(const Call& call, const imageservice::RunStep& step) override;

 private:
  runtime::PodRuntime& runtime_;
};

}  // namespace berth::cri
