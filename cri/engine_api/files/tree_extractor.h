// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "imageservice/layer/tar_reader.h"

namespace berth::cri {

inline constexpr uint64_t kMaxExtractedMembers = 1 << 20;

struct ExtractOptions {
  // A directory is not replaced by something else, nor the other way round.
  bool keeps_kinds = false;
  // Whose all is; unset: as the archive says.
  std::optional<std::pair<uid_t, gid_t>> owner = {};
};

// Unpacks archives into a directory of a container, whose processes may change it meanwhile: each
// name is looked up inside the container's root, as a process would, and never leads out of it.
// Whoever extracts is root of the host, so xattrs are those that a layer may have. What was there
// is replaced, directories are merged. For one thread.
class TreeExtractor {
 public:
  // `directory` is absolute, inside `root`, and exists.
  TreeExtractor(int root, std::string directory, ExtractOptions options)
      : root_(root), directory_(std::move(directory)), options_(options) {}

  // To the archive's end. InvalidArgument for what is no archive, has names with "..", or does not
  // fit `keeps_kinds`. What has been unpacked until an error stays. `may_go_on` may end it.
  absl::Status Extract(imageservice::TarReader::Source source,
                       const std::function<absl::Status()>& may_go_on);

 private:
  absl::Status Add(const imageservice::TarMember& member, imageservice::TarReader& reader);
  absl::Status AddDirectory(const std::string& path, const imageservice::TarMember& member);
  absl::Status AddFile(int parent, const std::string& name, const imageservice::TarMember& member,
                       imageservice::TarReader& reader);
  absl::Status AddLink(int parent, const std::string& name, const imageservice::TarMember& member);
  absl::Status AddNode(int parent, const std::string& name, const imageservice::TarMember& member);
  // Takes away what has the name.
  absl::Status Clear(int parent, const std::string& name, const imageservice::TarMember& member);
  absl::StatusOr<sys::Fd> OpenParent(const std::string& path) const;
  absl::Status SetTimes();

  const int root_;
  const std::string directory_;
  const ExtractOptions options_;
  std::map<std::string, timespec> times_;  // of directories, which change as they are filled
};

}  // namespace berth::cri
