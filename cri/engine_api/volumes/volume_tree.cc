// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <climits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/copy_content.h"
#include "base/directory.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/attributes.h"

namespace berth::cri {
namespace {

constexpr mode_t kPermissions = 07777;

// The copying of one tree.
class Copier {
 public:
  explicit Copier(const Call& call) : call_(call) {}

  absl::Status CopyDirectory(int from, int to, size_t depth) {
    if (depth > kMaxTreeDepth) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a tree deeper than ", kMaxTreeDepth, " directories is not copied"));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(from, kMaxTreeEntries));
    for (const std::string& name : names) {
      RETURN_IF_ERROR(call_.Check());
      if (++entries_ > kMaxTreeEntries) {
        return absl::ResourceExhaustedError(
            absl::StrCat("a tree of more than ", kMaxTreeEntries, " entries is not copied"));
      }
      RETURN_IF_ERROR(Annotate(CopyEntry(from, to, name.c_str(), depth), name));
    }
    return CopyDescription(from, to);
  }

 private:
  // After the content, for writing changes times.
  static absl::Status CopyDescription(int from, int to) {
    ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(from), "stat"));
    RETURN_IF_ERROR(imageservice::CopyAttributes(from, info, to));
    return ToStatus(sys::SetModificationTime(to, info.st_mtim), "set the time");
  }

  absl::Status CopyEntry(int from, int to, const char* name, size_t depth) {
    ASSIGN_OR_RETURN(const struct stat info,
                     ToStatusOr(sys::StatAt(from, name, AT_SYMLINK_NOFOLLOW), "stat"));
    switch (info.st_mode & S_IFMT) {
      case S_IFDIR:
        return CopySubdirectory(from, to, name, depth);
      case S_IFREG:
        return CopyFile(from, to, name);
      case S_IFLNK:
        return CopyLink(from, to, name, info);
      case S_IFSOCK:
        return absl::OkStatus();
      default:
        return CopyNode(to, name, info);
    }
  }

  absl::Status CopySubdirectory(int from, int to, const char* name, size_t depth) {
    constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(to, name, 0700), "make"));
    ASSIGN_OR_RETURN(const sys::Fd source, ToStatusOr(sys::OpenAt(from, name, kDirectory), "open"));
    ASSIGN_OR_RETURN(const sys::Fd copy, ToStatusOr(sys::OpenAt(to, name, kDirectory), "open"));
    return CopyDirectory(source.get(), copy.get(), depth + 1);
  }

  absl::Status CopyFile(int from, int to, const char* name) {
    ASSIGN_OR_RETURN(const sys::Fd source,
                     ToStatusOr(sys::OpenAt(from, name, O_RDONLY | O_NOFOLLOW), "open"));
    ASSIGN_OR_RETURN(
        const sys::Fd copy,
        ToStatusOr(sys::OpenAt(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600), "make"));
    RETURN_IF_ERROR(
        CopyContent(source.get(), copy.get(), [this] { return call_.Check(); }).status());
    return CopyDescription(source.get(), copy.get());
  }

  static absl::Status CopyLink(int from, int to, const char* name, const struct stat& info) {
    std::string target(PATH_MAX, '\0');
    ASSIGN_OR_RETURN(const size_t size, ToStatusOr(sys::ReadSymlinkAt(from, name, target), "read"));
    target.resize(size);
    RETURN_IF_ERROR(ToStatus(sys::MakeSymlink(target.c_str(), to, name), "make"));
    RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(to, name, info.st_uid, info.st_gid), "chown"));
    return ToStatus(sys::SetModificationTimeAt(to, name, info.st_mtim), "set the time");
  }

  static absl::Status CopyNode(int to, const char* name, const struct stat& info) {
    RETURN_IF_ERROR(ToStatus(sys::MakeNode(to, name, info.st_mode, info.st_rdev), "make"));
    ASSIGN_OR_RETURN(const sys::Fd node,
                     ToStatusOr(sys::OpenAt(to, name, O_PATH | O_NOFOLLOW), "open"));
    RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(to, name, info.st_uid, info.st_gid), "chown"));
    return ToStatus(sys::SetModeOfPath(node.get(), info.st_mode & kPermissions), "chmod");
  }

  const Call& call_;
  size_t entries_ = 0;
};

}  // namespace

absl::Status CopyTree(const Call& call, int from, int to) {
  return Copier(call).CopyDirectory(from, to, 0);
}

absl::StatusOr<bool> IsEmptyDirectory(int directory) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(directory, "."), "read a directory"));
  ASSIGN_OR_RETURN(const dirent* first, ToStatusOr(reader.Next(), "read a directory"));
  return first == nullptr;
}

}  // namespace berth::cri
