// SPDX-License-Identifier: Apache-2.0
#include "runtime/removals.h"

#include <utility>

namespace berth::runtime {

void Removals::Listen(Callback callback) {
  std::vector<std::string> kept;
  {
    absl::MutexLock lock(&mutex_);
    callback_ = callback;
    kept = std::exchange(kept_, {});
  }
  for (const std::string& id : kept) {
    callback(id);
  }
}

void Removals::Notify(const std::string& container_id) {
  Callback callback;
  {
    absl::MutexLock lock(&mutex_);
    if (callback_ == nullptr) {
      kept_.push_back(container_id);
      return;
    }
    callback = callback_;
  }
  callback(container_id);
}

}  // namespace berth::runtime
