// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/thread_pool.h"
#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/execs/session_keeper.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// Probes the health of the containers that ask for it, from their start, or from its own, until
// they end. A probe is a command in the container that is killed when its time is over; of a paused
// container there is none. A few threads for all containers: one knows when, some start probes, one
// follows them.
class HealthMonitor {
 public:
  // What is given must outlive it.
  static absl::StatusOr<std::unique_ptr<HealthMonitor>> Start(ContainerEngine& engine,
                                                              runtime::PodRuntime& runtime,
                                                              EventHub& events);
  // Ends the probes that are in progress.
  ~HealthMonitor();
  HealthMonitor(const HealthMonitor&) = delete;
  HealthMonitor& operator=(const HealthMonitor&) = delete;

 private:
  struct Watched {
    int64_t started_at = 0;  // the run that is probed
    absl::Time due;  // the next probe, by SteadyNow(); InfiniteFuture while one is in progress
  };

  HealthMonitor(ContainerEngine& engine, runtime::PodRuntime& runtime, EventHub& events,
                std::unique_ptr<SessionKeeper> keeper);
  void Loop();
  // Takes in what has become of the container, or of all.
  void Learn(const std::string& id);
  void LearnAll();
  // Has due probes started; when the next one is due.
  absl::Time StartDue();
  bool SomeDue();
  void StartProbe(const std::string& id, int64_t started_at);
  void FinishProbe(const std::string& id, int64_t started_at, const Probe& probe);
  void SetDue(const std::string& id, int64_t started_at, absl::Time due);

  ContainerEngine& engine_;
  runtime::PodRuntime& runtime_;
  EventHub& events_;
  std::atomic<bool> ending_ = false;
  absl::Mutex mutex_;
  std::map<std::string, Watched> watched_ ABSL_GUARDED_BY(mutex_);  // by id
  std::unique_ptr<SessionKeeper> keeper_;
  std::unique_ptr<ThreadPool> starters_;
  std::thread thread_;
};

}  // namespace berth::cri
