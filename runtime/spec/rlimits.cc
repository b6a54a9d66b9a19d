// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/rlimits.h"

#include <sys/resource.h>

#include <algorithm>

namespace berth::runtime {
namespace {

constexpr uint64_t kOpenFiles = 1024;  // select(2) takes no more
constexpr uint64_t kMostOpenFiles = 524288;
constexpr uint64_t kUnlimited = ~uint64_t{0};  // RLIM64_INFINITY

}  // namespace

std::vector<Rlimit> PlanRlimits(const HostFacts& facts, const std::vector<Rlimit>& extra) {
  const uint64_t most_files = std::min(kMostOpenFiles, facts.max_open_files);
  std::vector<Rlimit> limits = {
      {RLIMIT_NOFILE, std::min(kOpenFiles, most_files), most_files},
      {RLIMIT_NPROC, kUnlimited, kUnlimited},
      {RLIMIT_CORE, kUnlimited, kUnlimited},
  };
  for (const Rlimit& one : extra) {
    limits.erase(
        std::remove_if(limits.begin(), limits.end(),
                       [&](const Rlimit& other) { return other.resource == one.resource; }),
        limits.end());
    limits.push_back(one);
  }
  return limits;
}

}  // namespace berth::runtime
