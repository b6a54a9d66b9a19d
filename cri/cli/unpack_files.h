// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "imageservice/layer/tar_reader.h"

namespace berth::cli {

// What an archive's one top member, and all in it, become.
struct UnpackChoice {
  std::string directory;            // where to; it is there
  bool has_top = true;              // else all of its members go right into `directory`
  std::optional<std::string> name;  // of the top; unset: what is in it goes right into `directory`
  bool keep_owners = false;         // else ours, without setuid and setgid
};

// Unpacks a container's files to the host, over files of the same names. Nothing is written outside
// the directory, and no link in it is followed, whatever the archive holds; DataLoss where it
// tries. The bytes of its files.
absl::StatusOr<uint64_t> UnpackFiles(imageservice::TarReader& reader, const UnpackChoice& choice);

}  // namespace berth::cli
