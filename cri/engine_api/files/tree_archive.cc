// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/tree_archive.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/directory.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/node_writer.h"

namespace berth::cri {
namespace {

using imageservice::NodeWriter;
using imageservice::TarWriter;

constexpr int kMaxLinks = 40;  // as Linux

class TreeWalk {
 public:
  TreeWalk(TarWriter& writer, const std::function<absl::Status()>& may_go_on)
      : may_go_on_(may_go_on), nodes_(writer, {.may_go_on = may_go_on}) {}

  // What has the name in the directory, as the member `path`.
  absl::Status Node(int directory, const std::string& name, const std::string& path, size_t depth) {
    RETURN_IF_ERROR(may_go_on_());
    ASSIGN_OR_RETURN(const struct stat info,
                     ToStatusOr(sys::StatAt(directory, name.c_str(), AT_SYMLINK_NOFOLLOW), path));
    if (!S_ISDIR(info.st_mode)) {
      return nodes_.AddNode(directory, name, info, path);
    }
    ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                     ToStatusOr(sys::DirectoryReader::Open(directory, name.c_str()), path));
    return Directory(reader, path, depth);
  }

  absl::Status Directory(sys::DirectoryReader& reader, const std::string& path, size_t depth) {
    if (depth > kMaxViewDepth) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": directories too deep"));
    }
    const std::string prefix = path.empty() || path == "/" ? path : path + "/";
    if (!prefix.empty()) {
      RETURN_IF_ERROR(nodes_.AddDirectory(reader.fd(), prefix));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
    for (const std::string& name : names) {
      const absl::Status added = Node(reader.fd(), name, prefix + name, depth + 1);
      if (!absl::IsNotFound(added)) {  // it has gone meanwhile
        RETURN_IF_ERROR(added);
      }
    }
    return absl::OkStatus();
  }

 private:
  const std::function<absl::Status()>& may_go_on_;
  NodeWriter nodes_;
};

// The text of the symlink `path`; empty when it is none, or not there.
absl::StatusOr<std::string> ReadLink(int root, const std::string& path) {
  const sys::ErrnoOr<sys::Fd> parent =
      sys::OpenInRoot(root, std::string(ParentPath(path)).c_str(), O_PATH | O_DIRECTORY);
  if (!parent.ok()) {
    return std::string();
  }
  std::string target(PATH_MAX, '\0');
  const sys::ErrnoOr<size_t> size =
      sys::ReadSymlinkAt(parent->get(), std::string(BaseName(path)).c_str(), target);
  target.resize(size.ok() ? *size : 0);
  return target;
}

}  // namespace

absl::Status ArchiveTree(int root, const std::string& path, const std::string& name,
                         TarWriter::Sink sink, const std::function<absl::Status()>& may_go_on) {
  TarWriter writer(std::move(sink));
  TreeWalk walk(writer, may_go_on);
  if (path == "/") {
    ASSIGN_OR_RETURN(sys::DirectoryReader top,
                     ToStatusOr(sys::DirectoryReader::Open(root, "."), path));
    RETURN_IF_ERROR(walk.Directory(top, name, 0));
  } else {
    ASSIGN_OR_RETURN(const sys::Fd parent,
                     ToStatusOr(sys::OpenInRoot(root, std::string(ParentPath(path)).c_str(),
                                                O_PATH | O_DIRECTORY),
                                path));
    RETURN_IF_ERROR(walk.Node(parent.get(), std::string(BaseName(path)), name, 0));
  }
  return writer.Finish();
}

absl::StatusOr<std::string> FollowLinks(int root, const std::string& path) {
  std::vector<std::string> split = absl::StrSplit(path, '/', absl::SkipEmpty());
  std::deque<std::string> left(split.begin(), split.end());
  std::string reached = "/";
  for (int links = 0; !left.empty();) {
    const std::string next = CleanPath(JoinPath(reached, left.front()));
    left.pop_front();
    ASSIGN_OR_RETURN(const std::string target, ReadLink(root, next));
    if (target.empty()) {
      reached = next;
      continue;
    }
    if (++links > kMaxLinks) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": too many symbolic links"));
    }
    split = absl::StrSplit(target, '/', absl::SkipEmpty());
    left.insert(left.begin(), split.begin(), split.end());
    reached = absl::StartsWith(target, "/") ? "/" : reached;
  }
  return reached;
}

}  // namespace berth::cri
