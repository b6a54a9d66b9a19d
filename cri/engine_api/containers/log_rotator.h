// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "cri/engine_api/containers/container_engine.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// The log of a container of CRI that has kLogLimit and runs. Pure.
std::optional<LimitedLog> LimitOf(const runtime::ContainerSnapshot& container);

// Rotates the logs of running containers that are larger than their options allow, once a second,
// and of those of CRI that ask for it every few seconds: what is said in between may be over the
// limit. Also has a log opened anew whose file is missing.
class LogRotator {
 public:
  // What is given must outlive it; `runtime` has the containers of both doors.
  LogRotator(ContainerEngine& engine, runtime::PodRuntime& runtime);
  ~LogRotator();
  LogRotator(const LogRotator&) = delete;
  LogRotator& operator=(const LogRotator&) = delete;

 private:
  void Loop();
  void RotateDue(const std::vector<LimitedLog>& logs);
  std::vector<LimitedLog> LogsOfPods() const;

  ContainerEngine& engine_;
  runtime::PodRuntime& runtime_;
  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace berth::cri
