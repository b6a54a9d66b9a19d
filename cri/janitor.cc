// SPDX-License-Identifier: Apache-2.0
#include "cri/janitor.h"

#include <utility>

namespace berth::cri {

Janitor::Janitor(absl::Duration interval, std::function<void()> chore)
    : interval_(interval), chore_(std::move(chore)), thread_([this] { Loop(); }) {}

Janitor::~Janitor() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Janitor::Loop() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) {
        return;
      }
    }
    chore_();
  }
}

}  // namespace berth::cri
