// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "imageservice/layer/tar_writer.h"

namespace berth::imageservice {

// Writes the files of one tree as members of an archive, a file with several names once. Of xattrs
// those that a layer may have. No symlink is followed, and nothing but regular files is opened. For
// one thread.
class NodeWriter {
 public:
  struct Options {
    std::function<absl::Status()> may_go_on;  // asked before each piece; its error ends the work
    // Asked of each directory and regular file, open; null for no question.
    absl::Status (*check)(int file, const std::string& path) = nullptr;
    std::optional<int64_t> epoch = {};  // what is younger becomes so old, in seconds of Unix
  };

  NodeWriter(TarWriter& writer, Options options) : writer_(writer), options_(std::move(options)) {}

  // The directory itself; the path ends with a slash.
  absl::Status AddDirectory(int directory, const std::string& path);
  // What has the name in the directory and is none itself. Sockets are left out, as no archive can
  // hold them. NotFound when it is no longer what `info` says.
  absl::Status AddNode(int directory, const std::string& name, const struct stat& info,
                       const std::string& path);

  // False when something was left out, or a time cut.
  bool is_whole() const { return is_whole_; }

 private:
  TarMember MemberOf(const std::string& path, const struct stat& info);
  absl::Status AddRegular(int directory, const std::string& name, TarMember member);
  absl::Status AddSpecial(int directory, const std::string& name, mode_t mode, TarMember member);
  absl::StatusOr<std::vector<TarXattr>> XattrsOf(int file, const std::string& path);

  TarWriter& writer_;
  const Options options_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // the first path of each
  bool is_whole_ = true;
};

}  // namespace berth::imageservice
