// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "metrics/metrics.h"

namespace berth::runtime {

// How many objects are in each state, as one family of gauges. Thread-safe.
class StateGauges {
 public:
  explicit StateGauges(metrics::GaugeFamily& family) : family_(family) {}

  void Set(const std::string& id, absl::string_view state);
  void Remove(const std::string& id);

 private:
  metrics::GaugeFamily& family_;
  absl::Mutex mutex_;
  std::map<std::string, prometheus::Gauge*> gauges_ ABSL_GUARDED_BY(mutex_);  // by object
};

}  // namespace berth::runtime
