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
#include "cri/engine_api/containers/look_queue.h"
#include "runtime/event_queue.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// The log of a container of CRI that has kLogLimit. Pure.
std::optional<LimitedLog> LimitOf(const runtime::ContainerSnapshot& container);

// Rotates the logs of running containers that are larger than their options allow, or than those of
// CRI ask for. They are looked at the sooner the faster a log grows (log_pace.h): what is said
// between two looks may be over the limit. A few threads look and rotate, all but one at most on
// one filesystem (LookQueue): logs on one that does not answer are named in the daemon's log, and
// not asked again until it does. Two filesystems that do not answer hold up all. A log that cannot
// be rotated, as of a shim that does not answer, has to wait longer each time. Also has a log
// opened anew whose file is missing.
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
    std::string filesystem = {};  // empty: not known yet
    int64_t size = 0;             // at the last look
    absl::Time looked;            // by SteadyNow(), as all times here
    absl::Time due;               // the next look; of one in the queue when it came there
    int failures = 0;             // to rotate it, since the last success
  };

  void Loop();
  // Takes in which containers run.
  void LearnAll();
  void Learn(const runtime::ContainerEvent& event);
  std::optional<LimitedLog> LogOf(const runtime::ContainerSnapshot& container) const;
  // Finds the filesystems of those that are new.
  void Locate();
  // Has those that are due looked at; when to do so again.
  absl::Time LookAtDue();
  void TellSilent();
  // Looks at those that wait, until none does.
  void Serve(const std::string& filesystem);
  std::optional<LimitedLog> Next(const std::string& filesystem);
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
  LookQueue queue_ ABSL_GUARDED_BY(mutex_);
  ThreadPool rotators_;
  std::thread thread_;
};

}  // namespace berth::cri
