// SPDX-License-Identifier: Apache-2.0
#include "runtime/usage_sampler.h"

namespace berth::runtime {

std::optional<uint64_t> UsageSampler::RateSince(const Window& window, absl::Time at,
                                                uint64_t cpu_ns) {
  const absl::Duration length = at - window.begin;
  if (length < kShortestWindow || cpu_ns < window.cpu_ns) {
    return window.last_rate;
  }
  return static_cast<uint64_t>(static_cast<double>(cpu_ns - window.cpu_ns) /
                               absl::ToDoubleSeconds(length));
}

void UsageSampler::Sample(const std::string& id, absl::Time at, uint64_t cpu_ns) {
  absl::MutexLock lock(&mutex_);
  auto [entry, is_first] = windows_.try_emplace(id);
  Window& window = entry->second;
  const std::optional<uint64_t> rate = is_first ? std::nullopt : RateSince(window, at, cpu_ns);
  window = Window{at, cpu_ns, rate};
}

std::optional<uint64_t> UsageSampler::Rate(const std::string& id, absl::Time at, uint64_t cpu_ns) {
  absl::MutexLock lock(&mutex_);
  auto [entry, is_first] = windows_.try_emplace(id);
  if (is_first) {
    entry->second = Window{at, cpu_ns, std::nullopt};
    return std::nullopt;
  }
  return RateSince(entry->second, at, cpu_ns);
}

void UsageSampler::Forget(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  windows_.erase(id);
}

}  // namespace berth::runtime
