// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_gauges.h"

namespace berth::runtime {

void StateGauges::Set(const std::string& id, absl::string_view state) {
  prometheus::Gauge* gauge = &family_.Add({{"state", std::string(state)}});
  absl::MutexLock lock(&mutex_);
  prometheus::Gauge*& entry = gauges_[id];
  if (entry == gauge) {
    return;
  }
  if (entry != nullptr) {
    entry->Decrement();
  }
  gauge->Increment();
  entry = gauge;
}

void StateGauges::Remove(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  auto found = gauges_.find(id);
  if (found != gauges_.end()) {
    found->second->Decrement();
    gauges_.erase(found);
  }
}

}  // namespace berth::runtime
