// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace berth::runtime {

inline constexpr size_t kMaxCountedProcesses = 4096;
inline constexpr uint64_t kMaxCountedDescriptors = 65536;

struct ProcessCounts {
  uint64_t processes = 0;
  uint64_t descriptors = 0;
  uint64_t sockets = 0;
  std::optional<uint64_t> open_files_limit;  // the soft one; unset: none
};

// Counts what the processes hold; `pids` may have one more than once. Of what is beyond the two
// limits nothing is counted; a process that ends meanwhile holds nothing. `proc` is /proc but in
// tests.
ProcessCounts CountProcesses(const std::string& proc, std::vector<int> pids);

// Pure: the soft limit of "Max open files" in a text of /proc/<pid>/limits; unset when unlimited.
std::optional<uint64_t> ParseOpenFilesLimit(absl::string_view text);

// Counts that cost a look at every descriptor, so they are taken seldom: once in kShortestAge, and
// the more seldom the longer they took. Thread-safe.
class ProcessCensus {
 public:
  static constexpr absl::Duration kShortestAge = absl::Seconds(10);
  // A count that took 1 ms is good for 2 s: one container takes at most 0.05 % of a CPU.
  static constexpr int kRest = 2000;

  // What `count` says now, or said lately. While one caller counts again, others get the last.
  ProcessCounts Of(const std::string& id, absl::Time now, absl::FunctionRef<ProcessCounts()> count);
  void Forget(const std::string& id);

 private:
  struct Entry {
    ProcessCounts counts;
    absl::Time good_until = absl::InfinitePast();
  };

  absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
