// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/unpack_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/member_path.h"

namespace berth::cli {
namespace {

using imageservice::TarMember;
using imageservice::TarPiece;
using imageservice::TarReader;
using Type = TarMember::Type;

constexpr mode_t kNewDirectory = 0700;  // until its own is set
constexpr mode_t kNewFile = 0600;
constexpr mode_t kPermissions = 0777;

class Unpacker {
 public:
  Unpacker(const UnpackChoice& choice, sys::Fd directory)
      : choice_(choice), directory_(std::move(directory)) {}

  absl::Status Add(const TarMember& member, TarReader& reader) {
    ASSIGN_OR_RETURN(const std::string path, Place(member.path));
    if (path.empty()) {
      return absl::OkStatus();  // the directory that is there
    }
    ASSIGN_OR_RETURN(const sys::Fd parent, Open(std::string(imageservice::MemberParent(path))));
    const std::string name(imageservice::MemberName(path));
    return Annotate(Make(parent.get(), name, path, member, reader),
                    JoinPath(choice_.directory, path));
  }

  // What is unpacked into a directory changes its time.
  absl::Status Finish() {
    for (auto each = directories_.rbegin(); each != directories_.rend(); ++each) {
      ASSIGN_OR_RETURN(const sys::Fd directory, Open(each->path));
      RETURN_IF_ERROR(SetAttributes(directory.get(), *each));
    }
    return absl::OkStatus();
  }

  uint64_t bytes() const { return bytes_; }

 private:
  // The member's path below the directory; "" for the directory itself.
  absl::StatusOr<std::string> Place(const std::string& member) const {
    ASSIGN_OR_RETURN(const std::string clean, imageservice::CleanMemberPath(member));
    if (!choice_.has_top) {
      return clean;
    }
    const size_t slash = clean.find('/');
    const std::string below = slash == std::string::npos ? "" : clean.substr(slash + 1);
    if (!choice_.name.has_value()) {
      return below;
    }
    return below.empty() ? *choice_.name : JoinPath(*choice_.name, below);
  }

  absl::StatusOr<sys::Fd> Open(const std::string& path) const {
    return ToStatusOr(sys::OpenBeneath(directory_.get(), path.empty() ? "." : path.c_str(),
                                       O_RDONLY | O_DIRECTORY),
                      "open ", JoinPath(choice_.directory, path));
  }

  absl::Status Make(int parent, const std::string& name, const std::string& path,
                    const TarMember& member, TarReader& reader) {
    if (member.type == Type::kDirectory) {
      directories_.push_back(member);
      directories_.back().path = path;
      return ToStatus(sys::EnsureDirectory(parent, name.c_str(), kNewDirectory), "make it");
    }
    RETURN_IF_ERROR(ToStatus(sys::RemoveFile(parent, name.c_str()), "replace it"));
    switch (member.type) {
      case Type::kFile:
        return MakeFile(parent, name, member, reader);
      case Type::kSymlink:
        return ToStatus(sys::MakeSymlink(member.target.c_str(), parent, name.c_str()), "make it");
      case Type::kHardLink:
        return MakeLink(parent, name, member);
      default:
        return MakeNode(parent, name, member);
    }
  }

  absl::Status MakeFile(int parent, const std::string& name, const TarMember& member,
                        TarReader& reader) {
    ASSIGN_OR_RETURN(
        const sys::Fd file,
        ToStatusOr(sys::OpenBeneath(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL, kNewFile),
                   "make it"));
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<TarPiece> piece, reader.Read());
      if (!piece.has_value()) {
        break;
      }
      RETURN_IF_ERROR(ToStatus(sys::WriteAllAt(file.get(), piece->bytes.data(), piece->bytes.size(),
                                               static_cast<off_t>(piece->offset)),
                               "write it"));
    }
    RETURN_IF_ERROR(
        ToStatus(sys::Truncate(file.get(), static_cast<off_t>(member.size)), "write it"));
    bytes_ += member.size;
    return SetAttributes(file.get(), member);
  }

  absl::Status MakeLink(int parent, const std::string& name, const TarMember& member) {
    ASSIGN_OR_RETURN(const std::string target, Place(member.target));
    ASSIGN_OR_RETURN(const sys::Fd other, Open(std::string(imageservice::MemberParent(target))));
    return ToStatus(
        sys::MakeLink(other.get(), std::string(imageservice::MemberName(target)).c_str(), parent,
                      name.c_str()),
        "link it");
  }

  absl::Status MakeNode(int parent, const std::string& name, const TarMember& member) {
    const mode_t type = member.type == Type::kFifo        ? S_IFIFO
                        : member.type == Type::kCharacter ? S_IFCHR
                                                          : S_IFBLK;
    return ToStatus(
        sys::MakeNode(parent, name.c_str(), type | (member.mode & kPermissions), member.device),
        "make it");
  }

  absl::Status SetAttributes(int file, const TarMember& member) const {
    if (choice_.keep_owners) {
      RETURN_IF_ERROR(ToStatus(sys::SetOwner(file, member.uid, member.gid), "give it its owner"));
    }
    const mode_t mode = choice_.keep_owners ? member.mode : member.mode & kPermissions;
    RETURN_IF_ERROR(ToStatus(sys::SetMode(file, mode), "give it its mode"));
    return ToStatus(sys::SetModificationTime(file, member.mtime), "give it its time");
  }

  const UnpackChoice& choice_;
  const sys::Fd directory_;
  std::vector<TarMember> directories_;  // with paths below ours
  uint64_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<uint64_t> UnpackFiles(TarReader& reader, const UnpackChoice& choice) {
  ASSIGN_OR_RETURN(sys::Fd directory, ToStatusOr(sys::OpenAt(AT_FDCWD, choice.directory.c_str(),
                                                             O_RDONLY | O_DIRECTORY),
                                                 "open ", choice.directory));
  Unpacker unpacker(choice, std::move(directory));
  while (true) {
    ASSIGN_OR_RETURN(const TarMember* member, reader.Next());
    if (member == nullptr) {
      break;
    }
    RETURN_IF_ERROR(unpacker.Add(*member, reader));
  }
  RETURN_IF_ERROR(unpacker.Finish());
  return unpacker.bytes();
}

}  // namespace berth::cli
