// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/recent_ends.h"

namespace berth::shim {

void RecentEnds::Add(pid_t pid, sys::ExitStatus status) {
  ends_[next_++ % kMaxEnds] = {pid, status};
}

std::optional<sys::ExitStatus> RecentEnds::Find(pid_t pid) const {
  for (size_t i = 1; i <= kMaxEnds; ++i) {
    const End& end = ends_[(next_ - i) % kMaxEnds];
    if (end.pid == pid) {
      return end.status;
    }
  }
  return std::nullopt;
}

}  // namespace berth::shim
