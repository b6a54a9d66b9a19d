// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/layer_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/copy_content.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/layer/attributes.h"
#include "imageservice/layer/member_path.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxOpenDirectories = 48;
constexpr mode_t kImpliedMode = 0755;

std::string Child(const std::string& parent, absl::string_view name) {
  return parent.empty() ? std::string(name) : absl::StrCat(parent, "/", name);
}

absl::Status NeedsParents(absl::string_view what) {
  return absl::AbortedError(absl::StrCat(what, ": depends on the layers below"));
}

absl::Status Opaque(int directory) {
  return ToStatus(sys::SetXattr(directory, kOpaqueXattr, "y", 1), "make opaque");
}

}  // namespace

absl::StatusOr<LayerTree> LayerTree::Open(sys::Fd root, const MergedView* parents) {
  RETURN_IF_ERROR(ToStatus(sys::SetMode(root.get(), kImpliedMode), "layer root"));
  auto directory = std::make_shared<Directory>();
  directory->fd = std::move(root);
  LayerTree tree(std::move(directory), parents);
  tree.records_[""].implied = true;
  return tree;
}

absl::StatusOr<LayerTree::DirectoryRef> LayerTree::Enter(absl::string_view path,
                                                         const timespec& mtime) {
  if (path.empty()) {
    return root_;
  }
  auto found = open_.find(path);
  if (found != open_.end()) {
    return found->second;
  }
  ASSIGN_OR_RETURN(DirectoryRef parent, Enter(MemberParent(path), mtime));
  ASSIGN_OR_RETURN(DirectoryRef directory, Walk(parent, std::string(MemberName(path)), mtime));
  Remember(path, directory);
  return directory;
}

absl::StatusOr<LayerTree::DirectoryRef> LayerTree::Walk(DirectoryRef from, const std::string& name,
                                                        const timespec& mtime) {
  std::deque<std::string> ahead = {name};
  int links = 0;
  while (!ahead.empty()) {
    std::string step = std::move(ahead.front());
    ahead.pop_front();
    if (step == "." || step == "..") {
      if (step == "..") {
        ASSIGN_OR_RETURN(from, Enter(MemberParent(from->path), mtime));
      }
      continue;
    }
    std::string target;
    ASSIGN_OR_RETURN(DirectoryRef next, Step(from, step, mtime, target));
    if (next != nullptr) {
      from = std::move(next);
      continue;
    }
    if (++links > kMaxSymlinks) {
      return absl::DataLossError(absl::StrCat(name, ": too many levels of symlinks"));
    }
    if (absl::StartsWith(target, "/")) {
      from = root_;
    }
    std::vector<std::string> parts = absl::StrSplit(target, '/', absl::SkipEmpty());
    ahead.insert(ahead.begin(), std::make_move_iterator(parts.begin()),
                 std::make_move_iterator(parts.end()));
  }
  return from;
}

// Goes one component down; null when it is a symlink, whose target is then set.
absl::StatusOr<LayerTree::DirectoryRef> LayerTree::Step(const DirectoryRef& from,
                                                        const std::string& name,
                                                        const timespec& mtime,
                                                        std::string& target) {
  sys::ErrnoOr<struct stat> info = sys::StatAt(from->fd.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    return info.error().code == ENOENT ? Imply(*from, name, mtime, target) : ToStatus(info, name);
  }
  if (S_ISDIR(info->st_mode)) {
    return OpenChild(*from, name);
  }
  if (IsWhiteout(*info)) {
    RETURN_IF_ERROR(Clear(*from, name));
    return Make(*from, name, Record{.implied = false, .opaque = true, .mtime = mtime});
  }
  if (!S_ISLNK(info->st_mode)) {
    return absl::DataLossError(absl::StrCat(Child(from->path, name), " is not a directory"));
  }
  if (parents_ == nullptr) {
    return NeedsParents(Child(from->path, name));
  }
  target.resize(PATH_MAX);
  ASSIGN_OR_RETURN(size_t size,
                   ToStatusOr(sys::ReadSymlinkAt(from->fd.get(), name.c_str(), target), name));
  target.resize(size);
  return nullptr;
}

// Makes a directory that the archive has not declared, as the layers below have it.
absl::StatusOr<LayerTree::DirectoryRef> LayerTree::Imply(const Directory& from,
                                                         const std::string& name,
                                                         const timespec& mtime,
                                                         std::string& target) {
  std::string path = Child(from.path, name);
  if (parents_ == nullptr) {
    return Make(from, name, Record{.implied = true, .opaque = false, .mtime = mtime});
  }
  MergedNode below;
  if (!BelowOpaque(path)) {
    ASSIGN_OR_RETURN(below, parents_->Find(path));
  }
  if (below.kind == MergedNode::Kind::kSymlink) {
    target = std::move(below.target);
    return nullptr;
  }
  if (below.kind != MergedNode::Kind::kDirectory) {
    return Make(from, name, Record{.implied = false, .opaque = false, .mtime = mtime});
  }
  Record record{.implied = false, .opaque = false, .mtime = below.info.st_mtim};
  ASSIGN_OR_RETURN(DirectoryRef made, Make(from, name, record));
  RETURN_IF_ERROR(CopyAttributes(below.directories.front().get(), below.info, made->fd.get()));
  made->setgid = (below.info.st_mode & S_ISGID) != 0;
  return made;
}

absl::StatusOr<LayerTree::DirectoryRef> LayerTree::Make(const Directory& parent,
                                                        const std::string& name,
                                                        const Record& record) {
  std::string path = Child(parent.path, name);
  if (static_cast<size_t>(std::count(path.begin(), path.end(), '/')) >= kMaxPathDepth) {
    return absl::DataLossError(absl::StrCat("directories are nested deeper than ", kMaxPathDepth));
  }
  RETURN_IF_ERROR(CountDirectory(path));
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(parent.fd.get(), name.c_str(), kImpliedMode), path));
  ASSIGN_OR_RETURN(DirectoryRef made, OpenChild(parent, name));
  if (parent.setgid) {
    RETURN_IF_ERROR(ToStatus(sys::SetOwner(made->fd.get(), 0, 0), path));
    made->setgid = false;
  }
  RETURN_IF_ERROR(ToStatus(sys::SetMode(made->fd.get(), kImpliedMode), path));  // over the umask
  if (record.opaque && !lowest()) {
    RETURN_IF_ERROR(Opaque(made->fd.get()));
  }
  records_[path] = record;
  return made;
}

// A few members may imply very many.
absl::Status LayerTree::CountDirectory(const std::string& path) {
  path_bytes_ += path.size();
  if (++made_ > kMaxLayerDirectories) {
    return absl::DataLossError(absl::StrCat("more than ", kMaxLayerDirectories, " directories"));
  }
  if (path_bytes_ > kMaxDirectoryPaths) {
    return absl::DataLossError(
        absl::StrCat("directories whose paths have more than ", kMaxDirectoryPaths, " bytes"));
  }
  return absl::OkStatus();
}

absl::StatusOr<LayerTree::DirectoryRef> LayerTree::OpenChild(const Directory& parent,
                                                             const std::string& name) const {
  auto child = std::make_shared<Directory>();
  child->path = Child(parent.path, name);
  ASSIGN_OR_RETURN(child->fd, ToStatusOr(sys::OpenAt(parent.fd.get(), name.c_str(),
                                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
                                         child->path));
  ASSIGN_OR_RETURN(struct stat info, ToStatusOr(sys::Stat(child->fd.get()), child->path));
  child->setgid = (info.st_mode & S_ISGID) != 0;
  return child;
}

absl::StatusOr<LayerTree::DirectoryRef> LayerTree::Declare(absl::string_view path, mode_t mode,
                                                           const timespec& mtime) {
  DirectoryRef directory = root_;
  if (!path.empty()) {
    ASSIGN_OR_RETURN(DirectoryRef parent, Enter(MemberParent(path), mtime));
    std::string name(MemberName(path));
    sys::ErrnoOr<struct stat> info =
        sys::StatAt(parent->fd.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
    if (info.ok() && S_ISDIR(info->st_mode)) {
      ASSIGN_OR_RETURN(directory, OpenChild(*parent, name));
    } else {
      RETURN_IF_ERROR(Clear(*parent, name));
      // What was there hid the directory that the layers below may have.
      ASSIGN_OR_RETURN(directory, Make(*parent, name,
                                       Record{.implied = false, .opaque = info.ok(), .mtime = {}}));
    }
    Remember(path, directory);
  }
  Record& record = records_[directory->path];
  record.implied = false;
  record.mtime = mtime;
  directory->setgid = (mode & S_ISGID) != 0;
  return directory;
}

absl::Status LayerTree::Clear(const Directory& directory, const std::string& name) {
  sys::ErrnoOr<struct stat> info =
      sys::StatAt(directory.fd.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    return info.error().code == ENOENT ? absl::OkStatus() : ToStatus(info, name);
  }
  if (S_ISDIR(info->st_mode) || S_ISLNK(info->st_mode)) {
    Forget(Child(directory.path, name));
  }
  return ToStatus(sys::RemoveTree(directory.fd.get(), name.c_str()), "remove ", name);
}

absl::Status LayerTree::WhiteOut(const Directory& directory, const std::string& name) {
  sys::ErrnoOr<struct stat> info =
      sys::StatAt(directory.fd.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!info.ok() && info.error().code != ENOENT) {
    return ToStatus(info, name);
  }
  if (lowest()) {
    return absl::OkStatus();
  }
  if (!info.ok()) {
    return ToStatus(sys::MakeNode(directory.fd.get(), name.c_str(), S_IFCHR, 0), "whiteout ", name);
  }
  if (!S_ISDIR(info->st_mode)) {
    return absl::OkStatus();  // a file of this layer hides what is below it anyway
  }
  ASSIGN_OR_RETURN(DirectoryRef child, OpenChild(directory, name));
  records_[child->path].implied = false;
  return MakeOpaque(*child);
}

absl::Status LayerTree::MakeOpaque(const Directory& directory) {
  if (lowest()) {
    return absl::OkStatus();
  }
  records_[directory.path].opaque = true;
  return Opaque(directory.fd.get());
}

absl::StatusOr<DiskUsage> LayerTree::CopyUp(const Directory& directory, const std::string& name,
                                            absl::FunctionRef<absl::Status()> may_go_on) {
  std::string path = Child(directory.path, name);
  sys::ErrnoOr<struct stat> info =
      sys::StatAt(directory.fd.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (info.ok() && !S_ISDIR(info->st_mode) && !IsWhiteout(*info)) {
    return DiskUsage();
  }
  if (!info.ok() && info.error().code != ENOENT) {
    return ToStatus(info, path);
  }
  if (!info.ok() && parents_ == nullptr) {
    return NeedsParents(path);
  }
  MergedNode below;
  if (!info.ok() && !BelowOpaque(path)) {
    ASSIGN_OR_RETURN(below, parents_->Find(path));
  }
  if (below.kind != MergedNode::Kind::kRegular) {
    return absl::DataLossError(absl::StrCat("a hard link to ", path, ", which is no file"));
  }
  ASSIGN_OR_RETURN(sys::Fd copy,
                   ToStatusOr(sys::OpenAt(directory.fd.get(), name.c_str(),
                                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600),
                              path));
  const absl::StatusOr<uint64_t> bytes = CopyContent(below.file.get(), copy.get(), may_go_on);
  RETURN_IF_ERROR(Annotate(bytes.status(), path));
  RETURN_IF_ERROR(CopyAttributes(below.file.get(), below.info, copy.get()));
  RETURN_IF_ERROR(ToStatus(sys::SetModificationTime(copy.get(), below.info.st_mtim), path));
  return DiskUsage{InBlocks(*bytes), 1};
}

absl::StatusOr<bool> LayerTree::Settle(const MergedView& parents) {
  open_.clear();
  for (const auto& [path, record] : records_) {
    ASSIGN_OR_RETURN(bool settled, SettleDirectory(parents, path, record));
    if (!settled) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<bool> LayerTree::SettleDirectory(const MergedView& parents, const std::string& path,
                                                const Record& record) {
  ASSIGN_OR_RETURN(sys::Fd directory,
                   ToStatusOr(sys::OpenBeneath(root_->fd.get(), path.empty() ? "." : path.c_str(),
                                               O_RDONLY | O_DIRECTORY),
                              path));
  std::optional<timespec> mtime = record.mtime;
  if (record.implied && !BelowOpaque(path)) {
    ASSIGN_OR_RETURN(MergedNode below, parents.Find(path));
    if (below.kind == MergedNode::Kind::kSymlink) {
      return false;
    }
    if (!below.directories.empty()) {
      mtime = below.info.st_mtim;
      RETURN_IF_ERROR(CopyAttributes(below.directories.front().get(), below.info, directory.get()));
    }
  }
  if (mtime.has_value()) {
    RETURN_IF_ERROR(ToStatus(sys::SetModificationTime(directory.get(), *mtime), path));
  }
  return true;
}

bool LayerTree::BelowOpaque(const std::string& path) const {
  for (absl::string_view above = path; !above.empty();) {
    above = MemberParent(above);
    auto record = records_.find(std::string(above));
    if (record != records_.end() && record->second.opaque) {
      return true;
    }
  }
  return false;
}

void LayerTree::Remember(absl::string_view path, const DirectoryRef& directory) {
  if (path != directory->path) {
    return;  // reached through a symlink, which a later member may replace
  }
  if (open_.size() >= kMaxOpenDirectories) {
    open_.clear();
  }
  open_[path] = directory;
}

// Drops what is known of the path and all below it.
void LayerTree::Forget(const std::string& path) {
  open_.clear();
  records_.erase(path);
  records_.erase(records_.lower_bound(path + "/"),
                 records_.lower_bound(path + "0"));  // '0' is '/' + 1
}

}  // namespace berth::imageservice
