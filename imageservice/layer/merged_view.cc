// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/merged_view.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/sysmacros.h>

#include <deque>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/directory.h"
#include "base/file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::imageservice {
namespace {

MergedNode::Kind KindOf(mode_t mode) {
  if (S_ISREG(mode)) {
    return MergedNode::Kind::kRegular;
  }
  return S_ISLNK(mode) ? MergedNode::Kind::kSymlink : MergedNode::Kind::kOther;
}

// Takes up `name` of one layer's `directory`, which is no directory itself.
absl::Status FillLeaf(int directory, const std::string& name, MergedNode& node) {
  node.kind = KindOf(node.info.st_mode);
  if (node.kind == MergedNode::Kind::kRegular) {
    // It may be a fifo by now, which would be waited for.
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    ASSIGN_OR_RETURN(node.file, ToStatusOr(sys::OpenAt(directory, name.c_str(), kFlags), name));
    ASSIGN_OR_RETURN(node.info, ToStatusOr(sys::Stat(node.file.get()), name));
    if (!S_ISREG(node.info.st_mode)) {
      return absl::FailedPreconditionError(absl::StrCat(name, " has changed meanwhile"));
    }
  }
  if (node.kind == MergedNode::Kind::kSymlink) {
    std::string target(PATH_MAX, '\0');
    ASSIGN_OR_RETURN(size_t size,
                     ToStatusOr(sys::ReadSymlinkAt(directory, name.c_str(), target), name));
    target.resize(size);
    node.target = std::move(target);
  }
  return absl::OkStatus();
}

// Adds what one layer has under the name. False when layers below do not count any more.
absl::StatusOr<bool> AddLayer(int directory, const std::string& name, MergedNode& node) {
  sys::ErrnoOr<struct stat> info = sys::StatAt(directory, name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    if (info.error().code == ENOENT || info.error().code == ENAMETOOLONG) {
      return true;
    }
    return ToStatus(info, name);
  }
  bool first = node.kind == MergedNode::Kind::kAbsent;
  if (!S_ISDIR(info->st_mode)) {
    if (first && !IsWhiteout(*info)) {
      node.info = *info;
      RETURN_IF_ERROR(FillLeaf(directory, name, node));
    }
    return false;
  }
  ASSIGN_OR_RETURN(
      sys::Fd child,
      ToStatusOr(sys::OpenAt(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), name));
  if (first) {
    node.info = *info;
    node.kind = MergedNode::Kind::kDirectory;
  }
  bool opaque = IsOpaqueDirectory(child.get());
  node.directories.push_back(std::move(child));
  return !opaque;
}

std::deque<std::string> Components(absl::string_view path) {
  std::vector<std::string> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  return {std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end())};
}

}  // namespace

bool IsWhiteout(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

bool IsOpaqueDirectory(int directory) {
  char value = 0;
  sys::ErrnoOr<size_t> size = sys::GetXattr(directory, kOpaqueXattr, {&value, 1});
  return size.ok() && *size == 1 && value == 'y';
}

absl::StatusOr<std::vector<std::string>> ChildNames(const MergedNode& directory) {
  std::set<std::string> names;
  for (const sys::Fd& layer : directory.directories) {
    ASSIGN_OR_RETURN(const std::vector<std::string> more, NamesIn(layer.get()));
    names.insert(more.begin(), more.end());
  }
  return std::vector<std::string>(names.begin(), names.end());
}

absl::StatusOr<MergedNode> FindChild(const MergedNode& directory, const std::string& name) {
  MergedNode node;
  for (const sys::Fd& layer : directory.directories) {
    ASSIGN_OR_RETURN(bool more, AddLayer(layer.get(), name, node));
    if (!more) {
      break;
    }
  }
  return node;
}

absl::StatusOr<MergedView> MergedView::Open(const std::vector<std::string>& layers) {
  MergedView view;
  for (const std::string& layer : layers) {
    ASSIGN_OR_RETURN(sys::Fd fd,
                     ToStatusOr(sys::OpenAt(AT_FDCWD, layer.c_str(), O_RDONLY | O_DIRECTORY),
                                "open layer ", layer));
    bool opaque = IsOpaqueDirectory(fd.get());
    view.layers_.push_back(std::move(fd));
    if (opaque) {
      break;
    }
  }
  return view;
}

MergedView MergedView::OfDirectory(sys::Fd directory) {
  MergedView view;
  view.layers_.push_back(std::move(directory));
  return view;
}

absl::StatusOr<MergedNode> MergedView::Root() const {
  MergedNode root;
  root.kind = MergedNode::Kind::kDirectory;
  root.info.st_mode = S_IFDIR | 0755;
  for (const sys::Fd& layer : layers_) {
    ASSIGN_OR_RETURN(sys::Fd copy, ToStatusOr(sys::Duplicate(layer.get()), "layer"));
    root.directories.push_back(std::move(copy));
  }
  if (!layers_.empty()) {
    ASSIGN_OR_RETURN(root.info, ToStatusOr(sys::Stat(layers_.front().get()), "layer"));
  }
  if (disowns_root_) {
    root.info.st_mode = S_IFDIR | 0755;
    root.info.st_uid = 0;
    root.info.st_gid = 0;
  }
  return root;
}

absl::StatusOr<MergedNode> MergedView::Find(absl::string_view path) const {
  ASSIGN_OR_RETURN(MergedNode node, Root());
  for (const std::string& name : Components(path)) {
    ASSIGN_OR_RETURN(node, FindChild(node, name));
  }
  return node;
}

// The directories from the root to where a look-up is.
class MergedView::Walked {
 public:
  explicit Walked(MergedNode root) { nodes_.push_back(std::move(root)); }

  const MergedNode& back() const { return nodes_.back(); }
  std::string PathTo(absl::string_view name) const {
    return names_.empty() ? std::string(name) : absl::StrCat(absl::StrJoin(names_, "/"), "/", name);
  }
  void Enter(std::string name, MergedNode node) {
    open_ += node.directories.size();
    names_.push_back(std::move(name));
    nodes_.push_back(std::move(node));
  }
  void Leave() {
    if (!names_.empty()) {
      open_ -= nodes_.back().directories.size();
      names_.pop_back();
      nodes_.pop_back();
    }
  }
  void LeaveAll() {
    open_ = 0;
    names_.clear();
    nodes_.erase(nodes_.begin() + 1, nodes_.end());
  }
  size_t open() const { return open_; }  // directories, without the root's
  MergedNode TakeBack() { return std::move(nodes_.back()); }

 private:
  std::vector<MergedNode> nodes_;
  std::vector<std::string> names_;  // of all but the root
  size_t open_ = 0;
};

absl::StatusOr<MergedNode> MergedView::Step(const Walked& walked, const std::string& name) const {
  ASSIGN_OR_RETURN(MergedNode node, FindChild(walked.back(), name));
  const bool is_hidden = hides_ != nullptr && node.kind != MergedNode::Kind::kAbsent &&
                         hides_(walked.PathTo(name), node.kind == MergedNode::Kind::kDirectory);
  return is_hidden ? MergedNode() : std::move(node);
}

absl::StatusOr<MergedNode> MergedView::Resolve(absl::string_view path) const {
  ASSIGN_OR_RETURN(MergedNode root, Root());
  Walked walked(std::move(root));
  std::deque<std::string> ahead = Components(path);
  int links = 0;
  while (!ahead.empty()) {
    std::string name = std::move(ahead.front());
    ahead.pop_front();
    if (name == "." || name == "..") {
      if (name == "..") {
        walked.Leave();
      }
      continue;
    }
    ASSIGN_OR_RETURN(MergedNode node, Step(walked, name));
    if (node.kind == MergedNode::Kind::kSymlink) {
      if (++links > kMaxSymlinks) {
        return absl::InvalidArgumentError(absl::StrCat(path, ": too many levels of symlinks"));
      }
      if (absl::StartsWith(node.target, "/")) {
        walked.LeaveAll();
      }
      std::deque<std::string> target = Components(node.target);
      ahead.insert(ahead.begin(), std::make_move_iterator(target.begin()),
                   std::make_move_iterator(target.end()));
      continue;
    }
    if (node.kind != MergedNode::Kind::kDirectory) {
      return ahead.empty() ? std::move(node) : MergedNode();
    }
    walked.Enter(std::move(name), std::move(node));
    if (walked.open() > kMaxHeldDirectories) {
      return absl::InvalidArgumentError(absl::StrCat(path,
                                                     ": too deep: its directories are more than ",
                                                     kMaxHeldDirectories, " in all layers"));
    }
  }
  return walked.TakeBack();
}

absl::StatusOr<std::string> ReadTreeFile(const MergedView& tree, absl::string_view path,
                                         size_t max_bytes) {
  ASSIGN_OR_RETURN(const MergedNode node, tree.Resolve(path));
  if (node.kind == MergedNode::Kind::kAbsent) {
    return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  }
  if (node.kind != MergedNode::Kind::kRegular) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file"));
  }
  return ReadDescriptor(node.file.get(), max_bytes);
}

}  // namespace berth::imageservice
