// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace berth::runtime {

// Tells one listener which containers are gone for good; keeps what happens before there is one.
// Thread-safe.
class Removals {
 public:
  using Callback = std::function<void(const std::string& container_id)>;

  // Calls it for all that were kept, then for each as it happens, on the thread where it happens.
  void Listen(Callback callback);
  void Notify(const std::string& container_id);

 private:
  absl::Mutex mutex_;
  Callback callback_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
