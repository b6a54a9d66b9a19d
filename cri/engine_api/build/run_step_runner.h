// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "imageservice/build/step_runner.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// Runs the steps of builds as pods of one, with the limits of an ordinary container. Those of one
// place share the network of a pod that has nothing else, as to make one takes longer than most
// steps. What a killed daemon leaves is a pod of no container, which ContainerEngine removes at the
// next start.
class RunStepRunner : public imageservice::StepRunner {
 public:
  explicit RunStepRunner(runtime::PodRuntime& runtime) : runtime_(runtime) {}

  absl::StatusOr<int> Run(const Call& call, const imageservice::RunStep& step) override;
  void Leave(const std::string& place) override;

 private:
  absl::StatusOr<std::string> MakePod(const Call& call, const imageservice::RunStep& step);
  absl::StatusOr<std::string> NetworkOf(const Call& call, const imageservice::RunStep& step);

  runtime::PodRuntime& runtime_;
  absl::Mutex mutex_;
  std::map<std::string, std::string> networks_ ABSL_GUARDED_BY(mutex_);  // pods, by place
};

}  // namespace berth::cri
