// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <climits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/copy_content.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/layer/attributes.h"

namespace berth::cri {
namespace {

constexpr mode_t kPermissions = 07777;
constexpr int64_t kStatBlock = 512;

absl::StatusOr<std::vector<std::string>> NamesIn(int directory) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(directory, "."), "read a directory"));
  std::vector<std::string> names;
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "read a directory"));
    if (entry == nullptr) {
      return names;
    }
    if (names.size() == kMaxTreeEntries) {
      return absl::ResourceExhaustedError("a directory has too many entries");
    }
    names.emplace_back(entry->d_name);
  }
}

// The copying of one tree.
class Copier {
 public:
  explicit Copier(const Call& call) : call_(call) {}

  absl::Status CopyDirectory(int from, int to, size_t depth) {
    if (depth > kMaxTreeDepth) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a tree deeper than ", kMaxTreeDepth, " directories is not copied"));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(from));
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

void AddSizes(const Call& call, int directory, size_t depth,
              std::set<std::pair<dev_t, ino_t>>& linked, int64_t& bytes) {
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(directory);
  if (!names.ok() || depth > kMaxTreeDepth || !call.Check().ok()) {
    return;
  }
  for (const std::string& name : *names) {
    const sys::ErrnoOr<struct stat> info =
        sys::StatAt(directory, name.c_str(), AT_SYMLINK_NOFOLLOW);
    if (!info.ok()) {
      continue;  // removed meanwhile
    }
    const bool is_directory = S_ISDIR(info->st_mode);
    if (!is_directory && info->st_nlink > 1 && !linked.emplace(info->st_dev, info->st_ino).second) {
      continue;
    }
    bytes += info->st_blocks * kStatBlock;
    if (!is_directory) {
      continue;
    }
    const sys::ErrnoOr<sys::Fd> below =
        sys::OpenAt(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (below.ok()) {
      AddSizes(call, below->get(), depth + 1, linked, bytes);
    }
  }
}

}  // namespace

absl::Status CopyTree(const Call& call, int from, int to) {
  return Copier(call).CopyDirectory(from, to, 0);
}

int64_t SizeOfTree(const Call& call, int directory) {
  std::set<std::pair<dev_t, ino_t>> linked;
  int64_t bytes = 0;
  AddSizes(call, directory, 0, linked, bytes);
  return bytes;
}

absl::StatusOr<bool> IsEmptyDirectory(int directory) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(directory, "."), "read a directory"));
  ASSIGN_OR_RETURN(const dirent* first, ToStatusOr(reader.Next(), "read a directory"));
  return first == nullptr;
}

absl::Status EmptyDirectory(int directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(directory));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(ToStatus(sys::RemoveTree(directory, name.c_str()), "remove ", name));
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
