// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace berth::cri {

// Does a chore every interval on a thread of its own until destroyed. The destructor waits for a
// chore that is under way.
class Janitor {
 public:
  Janitor(absl::Duration interval, std::function<void()> chore);
  ~Janitor();
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

 private:
  void Loop();

  const absl::Duration interval_;
  const std::function<void()> chore_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace berth::cri
