// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/launched.h"

#include <utility>

namespace berth::shim {

void Launched::Begin(sys::ClonedProcess cloned, bool by_launcher, sys::Fd reports) {
  pid_ = cloned.pid;
  pidfd_ = std::move(cloned.pidfd);
  by_launcher_ = by_launcher;
  reports_ = std::move(reports);
}

bool Launched::ReceiveReports() {
  const bool ended = shim::ReceiveReports(reports_.get(), progress_);
  if (by_launcher_ && progress_.reporter != 0 && progress_.reporter != pid_) {
    by_launcher_ = false;
    pid_ = progress_.reporter;
    // Our child, not reaped before it has been heard. A failure leaves us without a way to signal
    // it alone; its cgroup is left.
    sys::ErrnoOr<sys::Fd> opened = sys::OpenProcess(pid_);
    pidfd_ = opened.ok() ? *std::move(opened) : sys::Fd();
  }
  return ended;
}

bool Launched::Ended() {
  if (!by_launcher_ || progress_.failure.happened() || pid_ == 0) {
    return true;
  }
  pid_ = 0;
  pidfd_ = sys::Fd();
  return false;
}

sys::Result Launched::Signal(int signal) const {
  if (!pidfd_.is_open()) {
    return sys::Errno{ESRCH, "signal"};
  }
  return sys::SignalProcess(pidfd_.get(), signal);
}

}  // namespace berth::shim
