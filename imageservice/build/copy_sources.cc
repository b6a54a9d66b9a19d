// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_sources.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/digest.h"
#include "base/path.h"
#include "base/path_pattern.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/layer/attributes.h"

namespace berth::imageservice {
namespace {

constexpr size_t kPiece = 1 << 20;
constexpr absl::string_view kPivot = "/./";

// Relative to the root, "" for it.
std::string Relative(absl::string_view path) {
  return CleanPath(absl::StrCat("/", path)).substr(1);
}

bool NothingLeftOut(absl::string_view /*path*/) {
  return false;
}

// Of what --parents keeps: all of the path, or what follows the pivot.
std::string KeptPart(absl::string_view word, const std::string& path) {
  const size_t pivot = word.find(kPivot);
  if (pivot == absl::string_view::npos) {
    return path;
  }
  const std::string before = Relative(word.substr(0, pivot));
  absl::string_view kept = path;
  if (!before.empty() && absl::ConsumePrefix(&kept, before)) {
    absl::ConsumePrefix(&kept, "/");
  }
  return std::string(kept);
}

absl::Status NoSource(absl::string_view word) {
  return absl::NotFoundError(
      absl::StrCat("file not found in build context or excluded by .dockerignore: stat ", word,
                   ": file does not exist"));
}

// Of a word or a match of it, where it leads. Absent when it is left out.
absl::StatusOr<CopySource> SourceAt(const MergedView& view, absl::string_view word,
                                    std::string path, const CopyFilter& filter, bool parents) {
  CopySource source;
  source.path = std::move(path);
  source.kept = KeptPart(word, source.path);
  ASSIGN_OR_RETURN(source.node, view.Resolve(source.path));
  const bool is_directory = source.node.kind == MergedNode::Kind::kDirectory;
  source.known_as = parents ? source.kept : is_directory ? "" : source.path;
  const bool is_out = (!source.path.empty() && filter.ignore.Ignores(source.path)) ||
                      (!source.known_as.empty() && filter.excludes.Ignores(source.known_as));
  if (is_out && !(is_directory && filter.LooksBelow())) {
    source.node = MergedNode();
  }
  source.view = &view;
  source.node.directories.clear();
  source.node.file = sys::Fd();
  return source;
}

absl::StatusOr<CopySource> SourceThere(const MergedView& view, absl::string_view word,
                                       const CopyFilter& filter, bool parents) {
  ASSIGN_OR_RETURN(CopySource source, SourceAt(view, word, Relative(word), filter, parents));
  if (source.node.kind == MergedNode::Kind::kAbsent) {
    return NoSource(word);
  }
  return source;
}

absl::Status AddMatches(const Call& call, const MergedView& view, absl::string_view word,
                        const CopyFilter& filter, bool parents, std::vector<CopySource>& sources) {
  ASSIGN_OR_RETURN(const PathPattern pattern, PathPattern::Parse(Relative(word)));
  ASSIGN_OR_RETURN(const MergedNode root, view.Resolve(""));
  std::vector<std::string> found;
  const auto leaves_out = [&](absl::string_view path) { return filter.ignore.Ignores(path); };
  const WalkFilter walk{leaves_out, filter.ignore.TakesBack()};
  RETURN_IF_ERROR(WalkTree(call, root, "", walk, [&](const std::string& path, const MergedNode&) {
    const bool below = !found.empty() && absl::StartsWith(path, found.back() + "/");
    if (!path.empty() && !below && pattern.Matches(path)) {
      found.push_back(path);
    }
    return found.size() > kMaxCopySources
               ? absl::InvalidArgumentError(absl::StrCat(word, " matches too many files"))
               : absl::OkStatus();
  }));
  for (const std::string& path : found) {
    ASSIGN_OR_RETURN(CopySource source, SourceAt(view, word, path, filter, parents));
    if (source.node.kind != MergedNode::Kind::kAbsent) {
      sources.push_back(std::move(source));
    }
  }
  return absl::OkStatus();
}

char TypeOf(const MergedNode& node) {
  switch (node.kind) {
    case MergedNode::Kind::kDirectory:
      return 'd';
    case MergedNode::Kind::kRegular:
      return 'f';
    case MergedNode::Kind::kSymlink:
      return 'l';
    default:
      return 'o';
  }
}

// No more than `left` bytes: a file of a live context may grow faster than it is read.
absl::Status HashContent(const Call& call, int file, uint64_t left, Sha256& hash) {
  std::string buffer(kPiece, '\0');
  while (left > 0) {
    RETURN_IF_ERROR(call.Check());
    const std::span<char> piece(buffer.data(), std::min<uint64_t>(kPiece, left));
    ASSIGN_OR_RETURN(const size_t size, ToStatusOr(sys::ReadFull(file, piece), "read source"));
    if (size == 0) {
      return absl::OkStatus();
    }
    hash.Update(absl::string_view(buffer).substr(0, size));
    left -= size;
  }
  return absl::OkStatus();
}

absl::Status HashNode(const Call& call, const std::string& path, const MergedNode& node,
                      Sha256& hash) {
  const auto field = [&hash](absl::string_view text) {
    hash.Update(absl::StrCat(text.size(), ":"));
    hash.Update(text);
  };
  field(path);
  field(absl::StrCat(std::string(1, TypeOf(node)), node.info.st_mode & 07777, " ",
                     node.kind == MergedNode::Kind::kOther ? node.info.st_rdev : 0));
  field(node.target);
  const bool is_file = node.kind == MergedNode::Kind::kRegular;
  if (is_file || node.kind == MergedNode::Kind::kDirectory) {
    ASSIGN_OR_RETURN(const FileXattrs xattrs,
                     ReadXattrs(is_file ? node.file.get() : node.directories.front().get()));
    for (const TarXattr& xattr : xattrs.allowed) {
      field(xattr.name);
      field(xattr.value);
    }
  }
  if (is_file) {
    field(absl::StrCat(node.info.st_size));
    lseek(node.file.get(), 0, SEEK_SET);
    RETURN_IF_ERROR(
        HashContent(call, node.file.get(), static_cast<uint64_t>(node.info.st_size), hash));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<CopySource>> FindSources(const Call& call, const MergedView& view,
                                                    const std::vector<std::string>& words,
                                                    const CopyFilter& filter, bool parents) {
  std::vector<CopySource> sources;
  for (const std::string& word : words) {
    if (HasWildcard(word)) {
      RETURN_IF_ERROR(AddMatches(call, view, word, filter, parents, sources));
      continue;
    }
    ASSIGN_OR_RETURN(CopySource source, SourceThere(view, word, filter, parents));
    sources.push_back(std::move(source));
  }
  return sources;
}

absl::StatusOr<CopySource> FindPath(const MergedView& view, absl::string_view path,
                                    const CopyFilter& filter) {
  return SourceThere(view, path, filter, false);
}

absl::StatusOr<const MergedNode*> OpenSource(const CopySource& source, MergedNode& opened) {
  if (source.view == nullptr) {
    return &source.node;
  }
  ASSIGN_OR_RETURN(opened, source.view->Resolve(source.path));
  if (opened.kind != source.node.kind) {
    return absl::FailedPreconditionError(absl::StrCat(source.path, " has changed meanwhile"));
  }
  return &opened;
}

absl::Status WalkSource(const Call& call, const CopySource& source, const CopyFilter& filter,
                        VisitNode visit) {
  MergedNode opened;
  ASSIGN_OR_RETURN(const MergedNode* top, OpenSource(source, opened));
  // Links may have led elsewhere: names count, not where they lead.
  const auto below = [&](absl::string_view path) {
    absl::ConsumePrefix(&path, source.path);
    absl::ConsumePrefix(&path, "/");
    return path;
  };
  const auto leaves_out = [&](absl::string_view path) {
    const std::string known = CleanPath(absl::StrCat("/", source.known_as, "/", below(path)));
    return (!source.is_remote && filter.ignore.Ignores(path)) ||
           (known != "/" && filter.excludes.Ignores(known.substr(1)));
  };
  const auto tell = [&](const std::string& path, const MergedNode& node) {
    return visit(std::string(below(path)), node);
  };
  if (source.keeps_owners) {
    return WalkTree(call, *top, "", {NothingLeftOut, false}, visit);
  }
  return WalkTree(call, *top, source.path, {leaves_out, filter.LooksBelow()}, tell);
}

absl::StatusOr<std::string> DigestSources(const Call& call, std::span<const CopySource> sources,
                                          const CopyFilter& filter) {
  Sha256 hash;
  for (const CopySource& source : sources) {
    // Of a directory the content is copied, of a file it is the name that counts.
    const bool is_directory = source.node.kind == MergedNode::Kind::kDirectory;
    const std::string name = is_directory ? "" : std::string(BaseName(source.path));
    hash.Update(absl::StrCat("source ", source.kept.size(), ":", source.kept, " "));
    if (!source.content.empty()) {
      hash.Update(absl::StrCat("content ", source.content.size(), ":", source.content));
      continue;
    }
    RETURN_IF_ERROR(
        WalkSource(call, source, filter, [&](const std::string& path, const MergedNode& node) {
          return HashNode(call, path.empty() ? name : path, node, hash);
        }));
  }
  return hash.Finish().str();
}

}  // namespace berth::imageservice
