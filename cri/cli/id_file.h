// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::cli {

// The file of --cidfile, which gets the id of the container that is made. Goes again unless it has
// got one that is kept.
class IdFile {
 public:
  // An empty path is no file. AlreadyExists where something is: it may be another container's.
  static absl::StatusOr<IdFile> Make(const std::string& path);
  IdFile(IdFile&& other) noexcept
      : path_(std::exchange(other.path_, "")), file_(std::move(other.file_)) {}
  IdFile& operator=(IdFile&&) = delete;
  IdFile(const IdFile&) = delete;
  IdFile& operator=(const IdFile&) = delete;
  ~IdFile();

  absl::Status Write(const std::string& id);
  // The container stays, and so does what was written.
  void Keep() { path_.clear(); }

 private:
  IdFile(std::string path, sys::Fd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;  // empty: not to be removed
  sys::Fd file_;
};

}  // namespace berth::cli
