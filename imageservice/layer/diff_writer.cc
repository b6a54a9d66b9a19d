// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/diff_writer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/directory.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/inode.h"
#include "imageservice/layer/member_path.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/layer/node_writer.h"

namespace berth::imageservice {
namespace {

// What overlayfs leaves instead of a copy, where it is told to.
constexpr const char* kReferenceXattrs[] = {"trusted.overlay.redirect", "trusted.overlay.metacopy"};

TarMember MarkerNamed(std::string path) {
  TarMember marker;
  marker.path = std::move(path);
  return marker;
}

absl::Status RefuseReferences(int file, const std::string& path) {
  for (const char* name : kReferenceXattrs) {
    if (sys::GetXattr(file, name, {}).ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": overlayfs keeps it by reference (", name, ")"));
    }
  }
  return absl::OkStatus();
}

class DiffWalk {
 public:
  DiffWalk(TarWriter& writer, const std::function<absl::Status()>& may_go_on,
           const DiffOptions& options)
      : writer_(writer),
        may_go_on_(may_go_on),
        left_out_(options.left_out),
        nodes_(writer,
               {.may_go_on = may_go_on, .check = RefuseReferences, .epoch = options.epoch}) {}

  // `depth` is bounded, as the stack is, by what the extractor takes.
  absl::Status Directory(int parent, const char* name, const std::string& path, size_t depth) {
    if (depth > kMaxPathDepth) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": directories too deep"));
    }
    ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                     ToStatusOr(sys::DirectoryReader::Open(parent, name), path));
    RETURN_IF_ERROR(AddDirectory(reader.fd(), path));
    ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
    for (const std::string& child : names) {
      RETURN_IF_ERROR(may_go_on_());
      RETURN_IF_ERROR(Child(reader.fd(), child, path, depth));
    }
    return absl::OkStatus();
  }

  WrittenDiff TakeOutcome() {
    outcome_.is_whole = outcome_.is_whole && nodes_.is_whole();
    return std::move(outcome_);
  }

 private:
  absl::Status Child(int directory, const std::string& name, const std::string& parent,
                     size_t depth) {
    const std::string path = parent.empty() ? name : absl::StrCat(parent, "/", name);
    if (left_out_.count(path) > 0) {
      outcome_.is_whole = false;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const struct stat info,
                     ToStatusOr(sys::StatAt(directory, name.c_str(), AT_SYMLINK_NOFOLLOW), path));
    if (absl::StartsWith(name, kWhiteoutPrefix)) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": a layer cannot have this name"));
    }
    if (IsWhiteout(info)) {
      outcome_.deleted.push_back(path);
      return writer_.Add(
          MarkerNamed(absl::StrCat(parent, parent.empty() ? "" : "/", kWhiteoutPrefix, name)));
    }
    return S_ISDIR(info.st_mode) ? Directory(directory, name.c_str(), path, depth + 1)
                                 : nodes_.AddNode(directory, name, info, path);
  }

  absl::Status AddDirectory(int directory, const std::string& path) {
    RETURN_IF_ERROR(nodes_.AddDirectory(directory, path.empty() ? "./" : absl::StrCat(path, "/")));
    if (path.empty() || !IsOpaqueDirectory(directory)) {
      return absl::OkStatus();
    }
    return writer_.Add(MarkerNamed(absl::StrCat(path, "/", kOpaqueName)));
  }

  TarWriter& writer_;
  const std::function<absl::Status()>& may_go_on_;
  const std::set<std::string>& left_out_;
  NodeWriter nodes_;
  WrittenDiff outcome_;
};

}  // namespace

absl::StatusOr<WrittenDiff> WriteDiff(int upper, TarWriter& writer,
                                      const std::function<absl::Status()>& may_go_on,
                                      const DiffOptions& options) {
  DiffWalk walk(writer, may_go_on, options);
  RETURN_IF_ERROR(walk.Directory(upper, ".", "", 0));
  RETURN_IF_ERROR(writer.Finish());
  return walk.TakeOutcome();
}

}  // namespace berth::imageservice
