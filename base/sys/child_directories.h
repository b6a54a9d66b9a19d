// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"

namespace berth::sys {

// The names of the directories in a directory, as few at a time as a small buffer holds, without
// allocation. For filesystems that tell an entry's type, as cgroupfs does.
class ChildDirectories {
 public:
  // Borrows `directory`, which is open for reading.
  explicit ChildDirectories(int directory) : directory_(directory) {}

  // The next name, valid until the next call; null at the end.
  ErrnoOr<const char*> Next();

 private:
  int directory_;
  size_t size_ = 0;
  size_t position_ = 0;
  alignas(8) char entries_[2048];
};

}  // namespace berth::sys
