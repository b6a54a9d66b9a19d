// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/build/build_job.h"

namespace berth::imageservice {

inline constexpr size_t kMaxHeldOutput = 1 << 20;  // bytes of a stage that are not told of yet

// What stages say that are carried out side by side: it is told in the plan's order, of one after
// the other. Whoever is told may be slow; only the stage whose turn it is waits for him.
// Thread-safe.
class StageOutput {
 public:
  // `say` outlives this, and is not called twice at once.
  StageOutput(const Say& say, size_t stages) : say_(say), held_(stages), ended_(stages) {}

  // More than kMaxHeldOutput of a stage whose turn has not come is cut.
  void Tell(size_t stage, absl::string_view text);
  // The stage says no more.
  void End(size_t stage);
  // What the stage has said is told of, and from now on all at once.
  void Fail(size_t stage);

 private:
  void Append(size_t stage, absl::string_view text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Send();
  std::string TakeNext(bool is_sender);

  const Say& say_;
  absl::Mutex mutex_;
  std::vector<std::string> held_ ABSL_GUARDED_BY(mutex_);  // of each that waits for those before it
  std::vector<bool> ended_ ABSL_GUARDED_BY(mutex_);
  size_t turn_ ABSL_GUARDED_BY(mutex_) = 0;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  std::string next_ ABSL_GUARDED_BY(mutex_);      // what is told next
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;  // a thread tells, and will what comes meanwhile
};

}  // namespace berth::imageservice
