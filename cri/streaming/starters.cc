// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/starters.h"

#include <utility>

namespace berth::cri {

void Starters::Schedule(const std::string& pod, absl::AnyInvocable<void()> work) {
  {
    absl::MutexLock lock(&mutex_);
    Account& account = accounts_[pod];
    if (account.running == max_of_one_) {
      account.waiting.push_back(std::move(work));
      return;
    }
    ++account.running;
  }
  pool_.Schedule([this, pod, work = std::move(work)]() mutable { Run(pod, std::move(work)); });
}

// Goes on with what waits for the same account.
void Starters::Run(const std::string& pod, absl::AnyInvocable<void()> work) {
  while (work != nullptr) {
    std::exchange(work, nullptr)();
    absl::MutexLock lock(&mutex_);
    Account& account = accounts_[pod];
    if (!account.waiting.empty()) {
      work = std::move(account.waiting.front());
      account.waiting.pop_front();
    } else if (--account.running == 0) {
      accounts_.erase(pod);
    }
  }
}

}  // namespace berth::cri
