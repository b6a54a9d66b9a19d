// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sys/fd.h"

namespace berth {

// A file (0600) that appears under its name only when it is whole, and replaces nothing: until
// Publish it has no name, so that whatever happens leaves nothing. Its directory is looked up once.
class NewFile {
 public:
  // InvalidArgument unless `path` is absolute, without "..", and in an existing directory;
  // AlreadyExists when there is something of that name, be it a link that leads nowhere.
  static absl::StatusOr<NewFile> Create(const std::string& path);

  const std::string& path() const { return path_; }
  int fd() const { return file_.get(); }
  // Ahead of Publish, which does it too: what takes long.
  absl::Status Sync() const;
  // On return it is on the disk, its name too. AlreadyExists when somebody was faster.
  absl::Status Publish() const;

 private:
  NewFile(std::string path, sys::Fd directory, sys::Fd file)
      : path_(std::move(path)), directory_(std::move(directory)), file_(std::move(file)) {}

  std::string path_;
  sys::Fd directory_;
  sys::Fd file_;
};

// Writes the text to a new file, by the above.
absl::Status WriteNewFile(const std::string& path, absl::string_view text);

}  // namespace berth
