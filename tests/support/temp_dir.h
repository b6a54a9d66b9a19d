// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>

#include <string>

#include "absl/strings/string_view.h"

#include "base/sys/fd.h"

namespace berth::test {

// A new directory (0700) below $TMPDIR or /tmp, removed with all it holds at the end. What cannot
// be made or removed fails the test.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

  // The path of `name` inside.
  std::string Join(absl::string_view name) const;

  // Makes a file, and the directories it needs, or replaces its content. Returns its path.
  std::string Write(absl::string_view name, absl::string_view content) const;

  // The content of a file; fails the test when there is none.
  std::string Read(absl::string_view name) const;

 private:
  std::string path_;
  sys::Fd fd_;
};

}  // namespace berth::test
