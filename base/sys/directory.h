// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dirent.h>

#include <utility>

#include "base/sys/errno_or.h"

namespace berth::sys {

// The entries of one directory, without "." and "..", in the filesystem's order.
class DirectoryReader {
 public:
  // `path` is below the descriptor `dir`; "." reads `dir` itself. Symlinks are not followed.
  static ErrnoOr<DirectoryReader> Open(int dir, const char* path);
  DirectoryReader(DirectoryReader&& other) noexcept
      : stream_(std::exchange(other.stream_, nullptr)) {}
  DirectoryReader& operator=(DirectoryReader&& other) noexcept;
  DirectoryReader(const DirectoryReader&) = delete;
  DirectoryReader& operator=(const DirectoryReader&) = delete;
  ~DirectoryReader();

  int fd() const { return dirfd(stream_); }

  // The next entry, valid until the next call; null at the end.
  ErrnoOr<const dirent*> Next();

 private:
  explicit DirectoryReader(DIR* stream) : stream_(stream) {}
  DIR* stream_;
};

}  // namespace berth::sys
