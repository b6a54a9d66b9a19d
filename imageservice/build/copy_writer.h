// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <time.h>

#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/build/copy_sources.h"
#include "imageservice/build/mode_change.h"
#include "imageservice/build/owner_names.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/layer/tar_writer.h"

namespace berth::imageservice {

// Where COPY puts things, and what becomes of them.
struct CopyTarget {
  std::string path;                 // absolute and clean
  bool is_directory = false;        // it was written so
  Owner owner;                      // of all, but of what an archive held
  std::optional<ModeChange> chmod;  // --chmod
  bool keeps_parents = false;       // --parents
  timespec made_at = {0, 0};        // of what no source has
};

// Writes what an instruction copies as members of a layer on top of `image`. Directories that are
// there already stay as they are, unless a source's own tree has them. For one thread.
class CopyWriter {
 public:
  CopyWriter(const Call& call, const MergedView& image, CopyTarget target, TarWriter& writer)
      : call_(call), image_(image), target_(std::move(target)), writer_(writer) {}

  // InvalidArgument for what cannot be put there, FailedPrecondition for what no layer can hold.
  absl::Status AddSources(std::span<const CopySource> sources, const CopyFilter& filter);
  // One of them at the target itself, whose owner it keeps.
  absl::Status AddTree(const MergedNode& node);
  // A file that stands in the Dockerfile.
  absl::Status AddText(const std::string& name, absl::string_view content);
  // A directory, with those above it (WORKDIR).
  absl::Status AddDirectory();

 private:
  absl::Status AddSource(const CopySource& source, const CopyFilter& filter);
  absl::StatusOr<bool> TargetIsDirectory();
  absl::StatusOr<bool> Exists(const std::string& path);
  absl::Status AddParents(const std::string& path);
  absl::Status AddMade(const std::string& path);
  absl::Status AddNode(bool keeps_owner, const std::string& path, const MergedNode& node);

  const Call& call_;
  const MergedView& image_;
  const CopyTarget target_;
  TarWriter& writer_;
  std::set<std::string> made_;  // directories that this has written
};

}  // namespace berth::imageservice
