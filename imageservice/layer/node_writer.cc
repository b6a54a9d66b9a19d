// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/node_writer.h"

#include <fcntl.h>
#include <limits.h>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/attributes.h"

namespace berth::imageservice {

TarMember NodeWriter::MemberOf(const std::string& path, const struct stat& info) {
  TarMember member;
  member.path = path;
  member.mode = info.st_mode & 07777;
  member.uid = info.st_uid;
  member.gid = info.st_gid;
  member.mtime = info.st_mtim;
  member.device = info.st_rdev;
  const std::optional<int64_t>& epoch = options_.epoch;
  const bool is_later =
      epoch.has_value() &&
      (member.mtime.tv_sec > *epoch || (member.mtime.tv_sec == *epoch && member.mtime.tv_nsec > 0));
  if (is_later) {
    member.mtime = {*epoch, 0};
    is_whole_ = false;
  }
  return member;
}

absl::Status NodeWriter::AddDirectory(int directory, const std::string& path) {
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(directory), path));
  TarMember member = MemberOf(path, info);
  member.type = TarMember::Type::kDirectory;
  ASSIGN_OR_RETURN(member.xattrs, XattrsOf(directory, path));
  return writer_.Add(member);
}

absl::Status NodeWriter::AddNode(int directory, const std::string& name, const struct stat& info,
                                 const std::string& path) {
  if (S_ISSOCK(info.st_mode)) {
    is_whole_ = false;
    return absl::OkStatus();
  }
  TarMember member = MemberOf(path, info);
  const auto first = linked_.find({info.st_dev, info.st_ino});
  if (info.st_nlink > 1 && first != linked_.end()) {
    member.type = TarMember::Type::kHardLink;
    member.target = first->second;
    return writer_.Add(member);
  }
  RETURN_IF_ERROR(S_ISREG(info.st_mode)
                      ? AddRegular(directory, name, std::move(member))
                      : AddSpecial(directory, name, info.st_mode, std::move(member)));
  if (info.st_nlink > 1) {
    linked_.emplace(std::pair(info.st_dev, info.st_ino), path);
  }
  return absl::OkStatus();
}

// What changes meanwhile may have become a pipe, which must not hold us up.
absl::Status NodeWriter::AddRegular(int directory, const std::string& name, TarMember member) {
  ASSIGN_OR_RETURN(const sys::Fd file, ToStatusOr(sys::OpenAt(directory, name.c_str(),
                                                              O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
                                                  member.path));
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(file.get()), member.path));
  if (!S_ISREG(info.st_mode)) {
    return absl::NotFoundError(absl::StrCat(member.path, " is no file any more"));
  }
  ASSIGN_OR_RETURN(member.xattrs, XattrsOf(file.get(), member.path));
  return AddFile(writer_, std::move(member), file.get(),
                 [this](absl::string_view) { return options_.may_go_on(); });
}

absl::Status NodeWriter::AddSpecial(int directory, const std::string& name, mode_t mode,
                                    TarMember member) {
  if (S_ISLNK(mode)) {
    member.type = TarMember::Type::kSymlink;
    member.target.resize(PATH_MAX);
    ASSIGN_OR_RETURN(
        const size_t size,
        ToStatusOr(sys::ReadSymlinkAt(directory, name.c_str(), member.target), member.path));
    member.target.resize(size);
  } else if (S_ISCHR(mode)) {
    member.type = TarMember::Type::kCharacter;
  } else {
    member.type = S_ISBLK(mode) ? TarMember::Type::kBlock : TarMember::Type::kFifo;
  }
  return writer_.Add(member);
}

absl::StatusOr<std::vector<TarXattr>> NodeWriter::XattrsOf(int file, const std::string& path) {
  if (options_.check != nullptr) {
    RETURN_IF_ERROR(options_.check(file, path));
  }
  ASSIGN_OR_RETURN(FileXattrs xattrs, ReadXattrs(file));
  is_whole_ = is_whole_ && !xattrs.has_others;
  return std::move(xattrs.allowed);
}

}  // namespace berth::imageservice
