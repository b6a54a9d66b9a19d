// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "runtime/network/cni_config.h"

namespace berth::runtime {

// The last answer to whether a network is ready, so that asking often does not run plugins often.
// While one caller asks anew, the others get the last answer. Thread-safe.
class Readiness {
 public:
  explicit Readiness(const Clock& clock) : clock_(clock) {}

  // The kept answer when it is about this network and young, else that of `ask`.
  absl::Status Of(const std::shared_ptr<const NetworkConfig>& network,
                  const std::function<absl::Status()>& ask);

 private:
  const Clock& clock_;
  absl::Mutex mutex_;
  bool asking_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const NetworkConfig> network_ ABSL_GUARDED_BY(mutex_);
  absl::Status answer_ ABSL_GUARDED_BY(mutex_);
  absl::Time at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace berth::runtime
