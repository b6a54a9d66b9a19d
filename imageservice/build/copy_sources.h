// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
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

inline constexpr size_t kMaxCopySources = 100'000;  // of one COPY

// What does not count of the tree that is copied from.
struct CopyFilter {
  IgnoreFile ignore;    // .dockerignore, of the context
  IgnoreFile excludes;  // --exclude, of each source
  bool LooksBelow() const { return ignore.TakesBack() || excludes.TakesBack(); }
};

struct CopySource {
  std::string path;  // clean, relative to the view's root; "" is the root
  MergedNode node;   // where it leads
  // Where to open it again, so that very many sources hold no descriptors; outlives this. Null: the
  // node has its own.
  const MergedView* view = nullptr;
  std::string kept;      // the end of the path that --parents keeps
  std::string known_as;  // to --exclude; "" is a directory whose content is copied
  bool keeps_owners = false;
  bool is_remote = false;  // of none of the trees that .dockerignore is about
  std::string content;     // what its content is known by; empty: it has to be read
};

// What the words of COPY name in the view, in their order and sorted within one pattern, which may
// name nothing. NotFound, in Docker's words about a context, for a word without wildcards that
// names nothing. With --parents it is what is kept of a path that --exclude looks at.
absl::StatusOr<std::vector<CopySource>> FindSources(const Call& call, const MergedView& view,
                                                    const std::vector<std::string>& words,
                                                    const CopyFilter& filter, bool parents = false);

// The same of one path, in which wildcards are characters like all others.
absl::StatusOr<CopySource> FindPath(const MergedView& view, absl::string_view path,
                                    const CopyFilter& filter);

// The source's node with its descriptors; `opened` holds it where the source does not.
// FailedPrecondition when something of another kind has come in its place.
absl::StatusOr<const MergedNode*> OpenSource(const CopySource& source, MergedNode& opened);

// Tells `visit` of all that is copied of the source, with its path below it ("" for itself).
absl::Status WalkSource(const Call& call, const CopySource& source, const CopyFilter& filter,
                        VisitNode visit);

// Of names, types, modes, xattrs and content, but not of times and owners.
absl::StatusOr<std::string> DigestSources(const Call& call, std::span<const CopySource> sources,
                                          const CopyFilter& filter);

}  // namespace berth::imageservice
