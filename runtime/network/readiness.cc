// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/readiness.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kMaxAge = absl::Seconds(5);

}  // namespace

absl::Status Readiness::Of(const std::shared_ptr<const NetworkConfig>& network,
                           const std::function<absl::Status()>& ask) {
  {
    absl::MutexLock lock(&mutex_);
    const bool known = network_ == network;
    if (known && (asking_ || clock_.Now() < at_ + kMaxAge)) {
      return answer_;
    }
    asking_ = true;
  }
  absl::Status answer = ask();
  absl::MutexLock lock(&mutex_);
  asking_ = false;
  network_ = network;
  answer_ = answer;
  at_ = clock_.Now();
  return answer;
}

}  // namespace berth::runtime
