// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>

#include "base/sys/process.h"

namespace berth::shim {

// How children ended of whom nobody knew: one of them may be what a program has left, which tells
// who that is after it has ended. The oldest are forgotten.
class RecentEnds {
 public:
  static constexpr size_t kMaxEnds = 64;

  void Add(pid_t pid, sys::ExitStatus status);

  // The last of that number.
  std::optional<sys::ExitStatus> Find(pid_t pid) const;

 private:
  struct End {
    pid_t pid = 0;
    sys::ExitStatus status;
  };
  std::array<End, kMaxEnds> ends_;
  size_t next_ = 0;
};

}  // namespace berth::shim
