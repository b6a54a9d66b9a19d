// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/tree_extractor.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/layer/attributes.h"
#include "imageservice/layer/file_content.h"
#include "imageservice/layer/member_fault.h"
#include "imageservice/layer/member_path.h"

namespace berth::cri {
namespace {

using imageservice::TarMember;
using imageservice::TarReader;

constexpr mode_t kImpliedMode = 0755;  // of directories that the archive does not name

// What is wrong with an archive is the client's fault.
absl::Status OfArchive(const absl::Status& status) {
  return absl::IsDataLoss(status) ? absl::InvalidArgumentError(status.message()) : status;
}

// Makes a file by `make`, once more when something in its place had to go first.
template <typename Make, typename Clear>
auto MakeInPlace(const std::string& path, const Make& make, const Clear& clear)
    -> absl::StatusOr<std::decay_t<decltype(*make())>> {
  auto made = make();
  if (!made.ok() && made.error().code == EEXIST) {
    RETURN_IF_ERROR(clear());
    made = make();
  }
  return ToStatusOr(std::move(made), path);
}

}  // namespace

absl::Status TreeExtractor::Extract(TarReader::Source source,
                                    const std::function<absl::Status()>& may_go_on) {
  TarReader reader(std::move(source));
  for (uint64_t members = 0;; ++members) {
    const absl::StatusOr<const TarMember*> member = reader.Next();
    RETURN_IF_ERROR(OfArchive(member.status()));
    if (*member == nullptr) {
      return SetTimes();
    }
    if (members == kMaxExtractedMembers) {
      return absl::InvalidArgumentError(
          absl::StrCat("an archive of more than ", kMaxExtractedMembers, " members"));
    }
    RETURN_IF_ERROR(may_go_on());
    TarMember owned = **member;
    if (options_.owner.has_value()) {
      owned.uid = options_.owner->first;
      owned.gid = options_.owner->second;
    }
    RETURN_IF_ERROR(OfArchive(imageservice::MemberFault(Add(owned, reader), owned)));
  }
}

absl::StatusOr<sys::Fd> TreeExtractor::OpenParent(const std::string& path) const {
  const std::string parent = JoinPath(directory_, imageservice::MemberParent(path));
  return ToStatusOr(sys::EnsureDirectoryInRoot(root_, parent.c_str(), kImpliedMode), parent);
}

absl::Status TreeExtractor::Add(const TarMember& member, TarReader& reader) {
  ASSIGN_OR_RETURN(const std::string path, imageservice::CleanMemberPath(member.path));
  if (member.type == TarMember::Type::kDirectory) {
    return AddDirectory(path, member);
  }
  if (path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the archive has a member called ", member.path));
  }
  ASSIGN_OR_RETURN(const sys::Fd parent, OpenParent(path));
  const std::string name(imageservice::MemberName(path));
  switch (member.type) {
    case TarMember::Type::kFile:
      return AddFile(parent.get(), name, member, reader);
    case TarMember::Type::kHardLink:
      return AddLink(parent.get(), name, member);
    default:
      return AddNode(parent.get(), name, member);
  }
}

absl::Status TreeExtractor::Clear(int parent, const std::string& name, const TarMember& member) {
  ASSIGN_OR_RETURN(const struct stat there,
                   ToStatusOr(sys::StatAt(parent, name.c_str(), AT_SYMLINK_NOFOLLOW), member.path));
  const bool is_directory = member.type == TarMember::Type::kDirectory;
  if (options_.keeps_kinds && is_directory != S_ISDIR(there.st_mode)) {
    const std::string path = JoinPath(directory_, member.path);
    return absl::InvalidArgumentError(
        is_directory ? absl::StrCat("cannot overwrite non-directory \"", path,
                                    "\" with directory \"", directory_, "\"")
                     : absl::StrCat("cannot overwrite directory \"", path,
                                    "\" with non-directory \"", directory_, "\""));
  }
  return ToStatus(sys::RemoveTree(parent, name.c_str()), member.path);
}

absl::Status TreeExtractor::AddDirectory(const std::string& path, const TarMember& member) {
  sys::Fd directory;
  if (path.empty()) {
    ASSIGN_OR_RETURN(
        directory,
        ToStatusOr(sys::OpenInRoot(root_, directory_.c_str(), O_RDONLY | O_DIRECTORY), directory_));
  } else {
    ASSIGN_OR_RETURN(const sys::Fd parent, OpenParent(path));
    const std::string name(imageservice::MemberName(path));
    const auto open = [&] {
      return sys::OpenAt(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    };
    sys::ErrnoOr<sys::Fd> there = open();
    if (!there.ok()) {
      RETURN_IF_ERROR(MakeInPlace(
                          member.path,
                          [&] { return sys::MakeDirectory(parent.get(), name.c_str(), 0700); },
                          [&] { return Clear(parent.get(), name, member); })
                          .status());
      there = open();
    }
    ASSIGN_OR_RETURN(directory, ToStatusOr(std::move(there), member.path));
  }
  times_[path] = member.mtime;
  return imageservice::ApplyAttributes(directory.get(), member, /*owned=*/false);
}

absl::Status TreeExtractor::AddFile(int parent, const std::string& name, const TarMember& member,
                                    TarReader& reader) {
  ASSIGN_OR_RETURN(const sys::Fd file, MakeInPlace(
                                           member.path,
                                           [&] {
                                             return sys::OpenAt(
                                                 parent, name.c_str(),
                                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
                                           },
                                           [&] { return Clear(parent, name, member); }));
  RETURN_IF_ERROR(imageservice::WriteContent(file.get(), member, reader).status());
  return imageservice::ApplyAttributes(file.get(), member, /*owned=*/false);
}

absl::Status TreeExtractor::AddLink(int parent, const std::string& name, const TarMember& member) {
  ASSIGN_OR_RETURN(const std::string target, imageservice::CleanMemberPath(member.target));
  if (target.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(member.path, ": a hard link to nothing"));
  }
  ASSIGN_OR_RETURN(const sys::Fd from, OpenParent(target));
  const std::string target_name(imageservice::MemberName(target));
  ASSIGN_OR_RETURN(
      const struct stat linked,
      ToStatusOr(sys::StatAt(from.get(), target_name.c_str(), AT_SYMLINK_NOFOLLOW), member.target));
  const sys::ErrnoOr<struct stat> there = sys::StatAt(parent, name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (there.ok() && there->st_ino == linked.st_ino && there->st_dev == linked.st_dev) {
    return absl::OkStatus();  // it is that already: to clear it might take away the only one
  }
  return MakeInPlace(
             member.path,
             [&] { return sys::MakeLink(from.get(), target_name.c_str(), parent, name.c_str()); },
             [&] { return Clear(parent, name, member); })
      .status();
}

absl::Status TreeExtractor::AddNode(int parent, const std::string& name, const TarMember& member) {
  if (member.type == TarMember::Type::kCharacter && member.device == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(member.path, ": overlayfs takes this device for a whiteout"));
  }
  const auto make = [&] {
    return member.type == TarMember::Type::kSymlink
               ? sys::MakeSymlink(member.target.c_str(), parent, name.c_str())
               : sys::MakeNode(parent, name.c_str(), imageservice::NodeType(member.type),
                               member.type == TarMember::Type::kFifo ? 0 : member.device);
  };
  RETURN_IF_ERROR(
      MakeInPlace(member.path, make, [&] { return Clear(parent, name, member); }).status());
  return imageservice::ApplyAttributesAt(parent, name.c_str(), member);
}

// Those that are no longer there have none.
absl::Status TreeExtractor::SetTimes() {
  for (const auto& [path, time] : times_) {
    const sys::ErrnoOr<sys::Fd> directory =
        sys::OpenInRoot(root_, JoinPath(directory_, path).c_str(), O_RDONLY | O_DIRECTORY);
    if (directory.ok()) {
      RETURN_IF_ERROR(ToStatus(sys::SetModificationTime(directory->get(), time), path));
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
