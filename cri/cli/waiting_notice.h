// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace berth::cli {

// While it lives for more than a second, a terminal on stderr shows "<what> ... 3s"; the line is
// gone with it. Nothing is shown elsewhere.
class WaitingNotice {
 public:
  explicit WaitingNotice(absl::string_view what);
  ~WaitingNotice();
  WaitingNotice(const WaitingNotice&) = delete;
  WaitingNotice& operator=(const WaitingNotice&) = delete;
  WaitingNotice(WaitingNotice&&) = delete;
  WaitingNotice& operator=(WaitingNotice&&) = delete;

 private:
  void Show();

  const std::string what_;
  absl::Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace berth::cli
