// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/build/ignore_file.h"
#include "imageservice/build/tree_walk.h"
#include "imageservice/layer/merged_view.h"

// What COPY and ADD read, and its digest.
namespace berth::imageservice {

inline constexpr size_t kMaxCopySources = 100'000;

// What does not count of the tree that is copied from.
struct CopyFilter {
  IgnoreFile ignore;    // .dockerignore, of the context
  IgnoreFile excludes;  // --exclude

  bool LeavesOut(absl::string_view path) const {
    return ignore.Ignores(path) || excludes.Ignores(path);
  }
  bool LooksBelow() const { return ignore.TakesBack() || excludes.TakesBack(); }
};

struct CopySource {
  std::string path;  // clean, relative to the view's root; "" is the root
  MergedNode node;   // where it leads
  std::string kept;  // the end of the path that --parents keeps
  bool keeps_owners = false;
};

// What the words of COPY name in the view, in their order and sorted within one pattern. NotFound,
// in Docker's words, for a word that names nothing.
absl::StatusOr<std::vector<CopySource>> FindSources(const MergedView& view,
                                                    const std::vector<std::string>& words,
                                                    const CopyFilter& filter);

// Tells `visit` of all that is copied of the source, with its path below it ("" for itself).
absl::Status WalkSource(const CopySource& source, const CopyFilter& filter, VisitNode visit);

// Of names, types, modes, xattrs and content, but not of times and owners.
absl::StatusOr<std::string> DigestSources(const Call& call, const std::vector<CopySource>& sources,
                                          const CopyFilter& filter);

}  // namespace berth::imageservice
