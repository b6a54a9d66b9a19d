// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/waiting_notice.h"

#include <unistd.h>

#include <cstdio>

#include "absl/time/time.h"

#include "base/clock.h"

namespace berth::cli {

WaitingNotice::WaitingNotice(absl::string_view what) : what_(what) {
  if (isatty(STDERR_FILENO) == 1) {
    thread_ = std::thread([this] { Show(); });
  }
}

WaitingNotice::~WaitingNotice() {
  if (!thread_.joinable()) {
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    over_ = true;
  }
  thread_.join();
}

void WaitingNotice::Show() {
  constexpr char kClearLine[] = "\r\033[K";
  const absl::Time start = SteadyNow();
  bool shown = false;
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&over_), absl::Seconds(1))) {
    const auto seconds = static_cast<long>(absl::ToInt64Seconds(SteadyNow() - start));
    fprintf(stderr, "%s%s ... %lds", kClearLine, what_.c_str(), seconds);
    shown = true;
  }
  if (shown) {
    fputs(kClearLine, stderr);
  }
}

}  // namespace berth::cli
