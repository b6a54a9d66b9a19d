// SPDX-License-Identifier: Apache-2.0
#include "cri/call_budget.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace berth::cri {

absl::Status CallBudget::Run(absl::FunctionRef<absl::Status()> body) {
  {
    const absl::MutexLock lock(&mutex_);
    if (running_ >= limit_) {
      return absl::ResourceExhaustedError(
          absl::StrCat(limit_, " calls of this kind are in progress: try again later"));
    }
    ++running_;
  }
  const absl::Cleanup done = [this] {
    const absl::MutexLock lock(&mutex_);
    --running_;
  };
  return body();
}

int BudgetOfKind(int max_threads) {
  constexpr int kShares = 5;  // four kinds, and all that is quick or a stream
  return std::max(1, max_threads / kShares);
}

int BudgetOfStreams(int max_threads) {
  constexpr int kPartsOfShare = 4;  // three kinds, and all that is quick
  return std::max(1, std::min(kMaxStreams, BudgetOfKind(max_threads) / kPartsOfShare));
}

}  // namespace berth::cri
