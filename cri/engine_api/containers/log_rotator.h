// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/sys/errno_or.h"
#include "base/thread_pool.h"
#include "cri/engine_api/containers/container_engine.h"
#include "runtime/event_queue.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// The log of a container of CRI that has kLogLimit. Pure.
std::optional<LimitedLog> LimitOf(const runtime::ContainerSnapshot& container);

// Rotates the logs of running containers that are larger than their options allow, or than those of
// CRI ask for. They are looked at the sooner the faster a log grows (log_pace.h): what is said
// between two looks may be over the limit. A few threads look and rotate, so that a file on a
// filesystem that does not answer holds up one of them; a log that cannot be rotated, as of a shim
// that does not answer, has to wait longer each time. Also has a log opened anew whose file is
// missing.
class LogRotator {
 public:
  // What is given must outlive it; `runtime` has the containers of both doors.
  LogRotator(ContainerEngine& engine, runtime::PodRuntime& runtime);
  ~LogRotator();
  LogRotator(const LogRotator&) = delete;
  LogRotator& operator=(const LogRotator&) = delete;

 private:
  struct Watched {
    LimitedLog log;
    int64_t size = 0;   // at the last look
    absl::Time looked;  // by SteadyNow(), as all times here
    absl::Time due;     // the next look; of a busy one when that began
    bool busy = false;  // being looked at, or rotated
    int failures = 0;   // to rotate it, since the last success
  };

  void Loop();
  // Takes in which containers run.
  void LearnAll();
  void Learn(const runtime::ContainerEvent& event);
  std::optional<LimitedLog> LogOf(const runtime::ContainerSnapshot& container) const;
  // Has those that are due looked at; when to do so again.
  absl::Time LookAtDue();
  void LookAt(const LimitedLog& log);
  // Whether it is to be rotated.
  bool Note(const LimitedLog& log, const sys::ErrnoOr<struct stat>& file);
  void Rotate(const LimitedLog& log);

  ContainerEngine& engine_;
  runtime::PodRuntime& runtime_;
  const std::shared_ptr<runtime::EventQueue> events_;
  std::atomic<bool> ending_ = false;
  absl::Mutex mutex_;
  std::map<std::string, Watched> watched_ ABSL_GUARDED_BY(mutex_);  // by the container's id
  ThreadPool rotators_;
  std::thread thread_;
};

}  // namespace berth::cri
