// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/layer/tar_writer.h"

namespace berth::cli {

// A tar stream that is written while it is read: for a request's body.
class PackedFiles {
 public:
  using Fill = std::function<absl::Status(imageservice::TarWriter& writer)>;

  // `fill` writes the members, on a thread of its own.
  explicit PackedFiles(Fill fill);
  ~PackedFiles();  // what is still to be written is dropped
  PackedFiles(const PackedFiles&) = delete;
  PackedFiles& operator=(const PackedFiles&) = delete;
  PackedFiles(PackedFiles&&) = delete;
  PackedFiles& operator=(PackedFiles&&) = delete;

  // The next bytes; empty at the end. What failed in writing is returned in their place.
  absl::StatusOr<std::string> Next();

 private:
  absl::Status Push(absl::string_view bytes);

  absl::Mutex mutex_;
  std::string waiting_ ABSL_GUARDED_BY(mutex_);  // to be taken by Next
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> outcome_ ABSL_GUARDED_BY(mutex_);  // once all is written
  std::thread thread_;
};

// What of a tree is packed, and as what. Paths are relative to the tree's top.
struct PackChoice {
  std::string name = {};     // of the top in the archive; "": what is in the directory is packed
  bool keep_owners = false;  // else everything is root's
  bool follow_top = false;   // what it leads to, if it is a link; always without a name
  std::function<bool(const std::string& path)> takes = nullptr;       // unset: everything
  std::function<bool(const std::string& path)> looks_into = nullptr;  // directories not taken
};

// Writes the directory or file `path`. No link in it is followed; sockets are left out. NotFound or
// InvalidArgument for what cannot be read, and for a file without a name.
absl::Status PackTree(const std::string& path, const PackChoice& choice,
                      imageservice::TarWriter& writer);

// Writes the one file `name` with this text.
absl::Status PackText(absl::string_view name, absl::string_view text,
                      imageservice::TarWriter& writer);

}  // namespace berth::cli
