// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/rootfs_changes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/directory.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/inode.h"
#include "imageservice/layer/member_path.h"
#include "imageservice/layer/node_writer.h"

namespace berth::imageservice {
namespace {

using Kind = RootfsChange::Kind;

bool IsSameDirectory(const struct stat& a, const struct stat& b) {
  return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

class ChangeWalk {
 public:
  ChangeWalk(const std::set<std::string>& left_out, const std::function<absl::Status()>& may_go_on)
      : left_out_(left_out), may_go_on_(may_go_on) {}

  // `below` is what the layers have in the place of the directory; of another kind, or where it
  // is opaque, nothing of that is left. Whether something in it has changed.
  absl::StatusOr<bool> Directory(sys::DirectoryReader& reader, const MergedNode& below,
                                 const std::string& path, size_t depth) {
    if (depth > kMaxPathDepth) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": directories too deep"));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
    bool has_changes = false;
    for (const std::string& name : names) {
      RETURN_IF_ERROR(may_go_on_());
      MergedNode before;
      if (below.kind == MergedNode::Kind::kDirectory) {
        ASSIGN_OR_RETURN(before, FindChild(below, name));
      }
      ASSIGN_OR_RETURN(const bool changed,
                       Child(reader.fd(), name, before, absl::StrCat(path, "/", name), depth));
      has_changes = has_changes || changed;
    }
    if (below.kind == MergedNode::Kind::kDirectory && IsOpaqueDirectory(reader.fd())) {
      RETURN_IF_ERROR(AddHidden(names, below, path));
      has_changes = true;
    }
    return has_changes;
  }

  std::vector<RootfsChange> TakeChanges() {
    std::sort(changes_.begin(), changes_.end(),
              [](const RootfsChange& a, const RootfsChange& b) { return a.path < b.path; });
    return std::move(changes_);
  }

 private:
  absl::StatusOr<bool> Child(int directory, const std::string& name, const MergedNode& before,
                             const std::string& path, size_t depth) {
    if (left_out_.count(path.substr(1)) > 0) {
      return false;
    }
    const sys::ErrnoOr<struct stat> info =
        sys::StatAt(directory, name.c_str(), AT_SYMLINK_NOFOLLOW);
    if (!info.ok()) {
      return false;  // it has gone meanwhile
    }
    const bool is_new = before.kind == MergedNode::Kind::kAbsent;
    if (IsWhiteout(*info)) {
      return is_new ? absl::StatusOr<bool>(false) : Add(path, Kind::kDeleted);
    }
    const Kind kind = is_new ? Kind::kAdded : Kind::kModified;
    if (!S_ISDIR(info->st_mode)) {
      return Add(path, kind);
    }
    sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(directory, name.c_str());
    if (!reader.ok()) {
      return false;
    }
    ASSIGN_OR_RETURN(const bool inside, Directory(*reader, before, path, depth + 1));
    const bool is_same =
        before.kind == MergedNode::Kind::kDirectory && IsSameDirectory(*info, before.info);
    return is_same && !inside ? absl::StatusOr<bool>(false) : Add(path, kind);
  }

  // What an opaque directory hides and has nothing in the place of.
  absl::Status AddHidden(const std::vector<std::string>& names, const MergedNode& below,
                         const std::string& path) {
    ASSIGN_OR_RETURN(const std::vector<std::string> hidden, ChildNames(below));
    for (const std::string& name : hidden) {
      ASSIGN_OR_RETURN(const MergedNode before, FindChild(below, name));
      if (before.kind != MergedNode::Kind::kAbsent &&
          !std::binary_search(names.begin(), names.end(), name)) {
        RETURN_IF_ERROR(Add(absl::StrCat(path, "/", name), Kind::kDeleted).status());
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Add(const std::string& path, Kind kind) {
    if (changes_.size() == kMaxRootfsChanges) {
      return absl::ResourceExhaustedError(
          absl::StrCat("more than ", kMaxRootfsChanges, " changes"));
    }
    changes_.push_back({path, kind});
    return true;
  }

  const std::set<std::string>& left_out_;
  const std::function<absl::Status()>& may_go_on_;
  std::vector<RootfsChange> changes_;
};

}  // namespace

absl::StatusOr<std::vector<RootfsChange>> FindChanges(
    const MergedView& below, int upper, const std::set<std::string>& left_out,
    const std::function<absl::Status()>& may_go_on) {
  ASSIGN_OR_RETURN(const MergedNode root, below.Find("/"));
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(upper, "."), "changes"));
  ChangeWalk walk(left_out, may_go_on);
  RETURN_IF_ERROR(walk.Directory(reader, root, "", 0).status());
  return walk.TakeChanges();
}

}  // namespace berth::imageservice
