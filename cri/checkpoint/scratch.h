// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::cri {

// A directory (0700) of the daemon's own for one piece of work; it goes with its owner.
class ScratchDirectory {
 public:
  // Below `parent`, which is made where it is not there.
  static absl::StatusOr<ScratchDirectory> Make(const std::string& parent);
  ScratchDirectory(ScratchDirectory&& other) noexcept = default;
  ScratchDirectory& operator=(ScratchDirectory&& other) = delete;
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

  // A new file in it.
  absl::StatusOr<sys::Fd> MakeFile(const char* name) const;
  absl::Status WriteFile(const char* name, const std::string& text) const;

  // It stays, with what is in it, as `path` on the same filesystem; parents are made. Nothing is
  // there yet.
  absl::Status MoveTo(const std::string& path);

 private:
  ScratchDirectory(std::string path, sys::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  sys::Fd fd_;  // not open: it has moved elsewhere
};

// Removes what a daemon that was killed has left below `parent`.
absl::Status ClearScratch(const std::string& parent);

}  // namespace berth::cri
