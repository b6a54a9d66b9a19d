// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/diff_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/attributes.h"
#include "imageservice/layer/member_path.h"
#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {
namespace {

// What overlayfs leaves instead of a copy, where it is told to.
constexpr const char* kReferenceXattrs[] = {"trusted.overlay.redirect", "trusted.overlay.metacopy"};

TarMember MarkerNamed(std::string path) {
  TarMember marker;
  marker.path = std::move(path);
  return marker;
}

absl::StatusOr<std::vector<std::string>> NamesIn(sys::DirectoryReader& reader) {
  std::vector<std::string> names;
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "read directory"));
    if (entry == nullptr) {
      std::sort(names.begin(), names.end());
      return names;
    }
    names.emplace_back(entry->d_name);
  }
}

class DiffWalk {
 public:
  DiffWalk(TarWriter& writer, const std::function<absl::Status()>& may_go_on,
           std::optional<int64_t> epoch)
      : writer_(writer), may_go_on_(may_go_on), epoch_(epoch) {}

  // `depth` is bounded, as the stack is, by what the extractor takes.
  absl::Status Directory(int parent, const char* name, const std::string& path, size_t depth) {
    if (depth > kMaxPathDepth) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": directories too deep"));
    }
    ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                     ToStatusOr(sys::DirectoryReader::Open(parent, name), path));
    RETURN_IF_ERROR(AddDirectory(reader.fd(), path));
    ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(reader));
    for (const std::string& child : names) {
      RETURN_IF_ERROR(may_go_on_());
      RETURN_IF_ERROR(Child(reader.fd(), child, path, depth));
    }
    return absl::OkStatus();
  }

  WrittenDiff TakeOutcome() { return std::move(outcome_); }

 private:
  TarMember MemberOf(const std::string& path, const struct stat& info) {
    TarMember member;
    member.path = path;
    member.mode = info.st_mode & 07777;
    member.uid = info.st_uid;
    member.gid = info.st_gid;
    member.mtime = info.st_mtim;
    const bool is_later =
        epoch_.has_value() && (member.mtime.tv_sec > *epoch_ ||
                               (member.mtime.tv_sec == *epoch_ && member.mtime.tv_nsec > 0));
    if (is_later) {
      member.mtime = {*epoch_, 0};
      outcome_.is_whole = false;
    }
    member.device = info.st_rdev;
    return member;
  }

  absl::Status Child(int directory, const std::string& name, const std::string& parent,
                     size_t depth) {
    const std::string path = parent.empty() ? name : absl::StrCat(parent, "/", name);
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
    if (S_ISDIR(info.st_mode)) {
      return Directory(directory, name.c_str(), path, depth + 1);
    }
    if (S_ISSOCK(info.st_mode)) {
      outcome_.is_whole = false;
      return absl::OkStatus();
    }
    TarMember member = MemberOf(path, info);
    if (info.st_nlink > 1) {
      auto [first, is_new] = linked_.emplace(info.st_ino, path);
      if (!is_new) {
        member.type = TarMember::Type::kHardLink;
        member.target = first->second;
        return writer_.Add(member);
      }
    }
    return S_ISREG(info.st_mode) ? Regular(directory, name, std::move(member))
                                 : Special(directory, name, info, std::move(member));
  }

  absl::Status AddDirectory(int directory, const std::string& path) {
    ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(directory), path));
    TarMember member = MemberOf(path.empty() ? "./" : absl::StrCat(path, "/"), info);
    member.type = TarMember::Type::kDirectory;
    ASSIGN_OR_RETURN(member.xattrs, Xattrs(directory, path));
    RETURN_IF_ERROR(writer_.Add(member));
    if (path.empty() || !IsOpaqueDirectory(directory)) {
      return absl::OkStatus();
    }
    return writer_.Add(MarkerNamed(absl::StrCat(path, "/", kOpaqueName)));
  }

  absl::Status Regular(int directory, const std::string& name, TarMember member) {
    ASSIGN_OR_RETURN(
        const sys::Fd file,
        ToStatusOr(sys::OpenAt(directory, name.c_str(), O_RDONLY | O_NOFOLLOW), member.path));
    ASSIGN_OR_RETURN(member.xattrs, Xattrs(file.get(), member.path));
    return AddFile(writer_, std::move(member), file.get(),
                   [this](absl::string_view) { return may_go_on_(); });
  }

  absl::Status Special(int directory, const std::string& name, const struct stat& info,
                       TarMember member) {
    if (S_ISLNK(info.st_mode)) {
      member.type = TarMember::Type::kSymlink;
      member.target.resize(PATH_MAX);
      ASSIGN_OR_RETURN(
          const size_t size,
          ToStatusOr(sys::ReadSymlinkAt(directory, name.c_str(), member.target), member.path));
      member.target.resize(size);
    } else if (S_ISCHR(info.st_mode)) {
      member.type = TarMember::Type::kCharacter;
    } else {
      member.type = S_ISBLK(info.st_mode) ? TarMember::Type::kBlock : TarMember::Type::kFifo;
    }
    return writer_.Add(member);
  }

  absl::StatusOr<std::vector<TarXattr>> Xattrs(int fd, const std::string& path) {
    for (const char* name : kReferenceXattrs) {
      if (sys::GetXattr(fd, name, {}).ok()) {
        return absl::FailedPreconditionError(
            absl::StrCat(path, ": overlayfs keeps it by reference (", name, ")"));
      }
    }
    ASSIGN_OR_RETURN(FileXattrs xattrs, ReadXattrs(fd));
    outcome_.is_whole = outcome_.is_whole && !xattrs.has_others;
    return std::move(xattrs.allowed);
  }

  TarWriter& writer_;
  const std::function<absl::Status()>& may_go_on_;
  const std::optional<int64_t> epoch_;
  std::map<ino_t, std::string> linked_;  // the first path of each file with several
  WrittenDiff outcome_;
};

}  // namespace

absl::StatusOr<WrittenDiff> WriteDiff(int upper, TarWriter& writer,
                                      const std::function<absl::Status()>& may_go_on,
                                      std::optional<int64_t> epoch) {
  DiffWalk walk(writer, may_go_on, epoch);
  RETURN_IF_ERROR(walk.Directory(upper, ".", "", 0));
  RETURN_IF_ERROR(writer.Finish());
  return walk.TakeOutcome();
}

}  // namespace berth::imageservice
