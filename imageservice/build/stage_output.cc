// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_output.h"

#include <algorithm>
#include <utility>

namespace berth::imageservice {

void StageOutput::Tell(size_t stage, absl::string_view text) {
  {
    absl::MutexLock lock(&mutex_);
    Append(stage, text);
  }
  Send();
}

void StageOutput::Append(size_t stage, absl::string_view text) {
  if (stage != turn_ && !failed_) {
    std::string& held = held_[stage];
    const absl::string_view kept =
        text.substr(0, kMaxHeldOutput - std::min(kMaxHeldOutput, held.size()));
    held.append(kept.data(), kept.size());
    return;
  }
  const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return next_.size() < kMaxHeldOutput;
  };
  mutex_.Await(absl::Condition(&has_room));
  next_.append(text.data(), text.size());
}

void StageOutput::End(size_t stage) {
  {
    absl::MutexLock lock(&mutex_);
    ended_[stage] = true;
    while (turn_ < ended_.size() && ended_[turn_]) {
      ++turn_;
      if (turn_ < ended_.size()) {
        next_ += std::exchange(held_[turn_], "");
      }
    }
  }
  Send();
}

void StageOutput::Fail(size_t stage) {
  {
    absl::MutexLock lock(&mutex_);
    failed_ = true;
    next_ += std::exchange(held_[stage], "");
  }
  Send();
}

// One thread tells, others leave it what they have.
void StageOutput::Send() {
  std::string text = TakeNext(false);
  while (!text.empty()) {
    say_(text);
    text = TakeNext(true);
  }
}

std::string StageOutput::TakeNext(bool is_sender) {
  absl::MutexLock lock(&mutex_);
  if (sending_ && !is_sender) {
    return "";
  }
  sending_ = !next_.empty();
  return std::exchange(next_, "");
}

}  // namespace berth::imageservice
