// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace berth::runtime {

// Turns cumulative CPU time, read now and then, into a rate over the last window. Thread-safe.
class UsageSampler {
 public:
  static constexpr absl::Duration kPeriod = absl::Seconds(10);
  static constexpr absl::Duration kShortestWindow = absl::Seconds(1);

  // Begins a new window. `cpu_ns` is what the container has used in all at `at`.
  void Sample(const std::string& id, absl::Time at, uint64_t cpu_ns);

  // Nanocores over the window that ends at `at`, or the last full one where that is shorter than
  // kShortestWindow; nothing before there are two samples. The first call is a sample too.
  std::optional<uint64_t> Rate(const std::string& id, absl::Time at, uint64_t cpu_ns);

  void Forget(const std::string& id);

 private:
  struct Window {
    absl::Time begin;
    uint64_t cpu_ns = 0;
    std::optional<uint64_t> last_rate;
  };

  static std::optional<uint64_t> RateSince(const Window& window, absl::Time at, uint64_t cpu_ns);

  absl::Mutex mutex_;
  std::map<std::string, Window> windows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
