// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/packed_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::cli {
namespace {

using imageservice::TarMember;
using imageservice::TarWriter;

constexpr size_t kMaxWaiting = 256 << 10;
constexpr size_t kMaxDepth = 256;
constexpr size_t kMaxLink = 4096;
constexpr mode_t kPermissions = 07777;
constexpr mode_t kTextFile = 0644;

// A tree being packed.
class Packer {
 public:
  Packer(const std::string& top, const PackChoice& choice, TarWriter& writer)
      : top_(top), choice_(choice), writer_(writer) {}

  // The top itself: a directory by what is in it, or a file.
  absl::Status AddTop() {
    const bool is_named = !choice_.name.empty();
    const int flags = is_named && !choice_.follow_top ? AT_SYMLINK_NOFOLLOW : 0;
    ASSIGN_OR_RETURN(const struct stat info,
                     ToStatusOr(sys::StatAt(AT_FDCWD, top_.c_str(), flags), "look at ", top_));
    if (!S_ISDIR(info.st_mode)) {
      if (!is_named) {
        return absl::InvalidArgumentError(absl::StrCat(top_, " is no directory"));
      }
      if (S_ISREG(info.st_mode)) {
        ASSIGN_OR_RETURN(
            const sys::Fd file,
            ToStatusOr(sys::OpenAt(AT_FDCWD, top_.c_str(), O_RDONLY | O_NONBLOCK), "open ", top_));
        return AddContent(file.get(), "", info);
      }
      ASSIGN_OR_RETURN(const sys::Fd parent, OpenDirectory(std::string(ParentPath(top_))));
      return AddFile(parent.get(), std::string(BaseName(top_)), "", info);
    }
    if (is_named) {
      RETURN_IF_ERROR(writer_.Add(MemberOf("", info, TarMember::Type::kDirectory)));
    }
    ASSIGN_OR_RETURN(const sys::Fd directory, OpenDirectory(top_));
    return AddAll(directory.get(), "", 0);
  }

 private:
  std::string Shown(const std::string& path) const {
    return path.empty() ? top_ : JoinPath(top_, path);
  }

  static absl::StatusOr<sys::Fd> OpenDirectory(const std::string& path) {
    const char* there = path.empty() ? "." : path.c_str();
    return ToStatusOr(sys::OpenAt(AT_FDCWD, there, O_RDONLY | O_DIRECTORY), "open ", there);
  }

  absl::StatusOr<std::vector<std::string>> ReadNames(int directory, const std::string& path) const {
    ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                     ToStatusOr(sys::DirectoryReader::Open(directory, "."), "open ", Shown(path)));
    std::vector<std::string> names;
    while (true) {
      ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "read ", Shown(path)));
      if (entry == nullptr) {
        break;
      }
      names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // All below the directory of that path.
  absl::Status AddAll(int parent, const std::string& path, size_t depth) {
    if (depth > kMaxDepth) {
      return absl::InvalidArgumentError(absl::StrCat(Shown(path), " is nested too deep"));
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, ReadNames(parent, path));
    for (const std::string& name : names) {
      const std::string below = path.empty() ? name : absl::StrCat(path, "/", name);
      RETURN_IF_ERROR(Add(parent, name, below, depth));
    }
    return absl::OkStatus();
  }

  absl::Status Add(int parent, const std::string& name, const std::string& path, size_t depth) {
    ASSIGN_OR_RETURN(const struct stat info,
                     ToStatusOr(sys::StatAt(parent, name.c_str(), AT_SYMLINK_NOFOLLOW), "look at ",
                                Shown(path)));
    const bool takes = choice_.takes == nullptr || choice_.takes(path);
    if (S_ISDIR(info.st_mode)) {
      return AddDirectory(parent, name, path, info, takes, depth);
    }
    return takes ? AddFile(parent, name, path, info) : absl::OkStatus();
  }

  absl::Status AddFile(int parent, const std::string& name, const std::string& path,
                       const struct stat& info) {
    if (S_ISREG(info.st_mode)) {
      ASSIGN_OR_RETURN(const sys::Fd file,
                       ToStatusOr(sys::OpenBeneath(parent, name.c_str(), O_RDONLY | O_NONBLOCK),
                                  "open ", Shown(path)));
      return AddContent(file.get(), path, info);
    }
    if (S_ISLNK(info.st_mode)) {
      TarMember member = MemberOf(path, info, TarMember::Type::kSymlink);
      member.target.resize(kMaxLink);
      ASSIGN_OR_RETURN(const size_t size,
                       ToStatusOr(sys::ReadSymlinkAt(parent, name.c_str(), member.target), "read ",
                                  Shown(path)));
      member.target.resize(size);
      return writer_.Add(member);
    }
    if (S_ISFIFO(info.st_mode)) {
      return writer_.Add(MemberOf(path, info, TarMember::Type::kFifo));
    }
    if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode)) {
      return absl::OkStatus();
    }
    TarMember member = MemberOf(
        path, info, S_ISCHR(info.st_mode) ? TarMember::Type::kCharacter : TarMember::Type::kBlock);
    member.device = info.st_rdev;
    return writer_.Add(member);
  }

  absl::Status AddContent(int file, const std::string& path, const struct stat& info) {
    return imageservice::AddFile(writer_, MemberOf(path, info, TarMember::Type::kFile), file,
                                 [](absl::string_view) { return absl::OkStatus(); });
  }

  absl::Status AddDirectory(int parent, const std::string& name, const std::string& path,
                            const struct stat& info, bool takes, size_t depth) {
    if (!takes && (choice_.looks_into == nullptr || !choice_.looks_into(path))) {
      return absl::OkStatus();
    }
    if (takes) {
      RETURN_IF_ERROR(writer_.Add(MemberOf(path, info, TarMember::Type::kDirectory)));
    }
    ASSIGN_OR_RETURN(const sys::Fd directory,
                     ToStatusOr(sys::OpenBeneath(parent, name.c_str(), O_RDONLY | O_DIRECTORY),
                                "open ", Shown(path)));
    return AddAll(directory.get(), path, depth + 1);
  }

  TarMember MemberOf(const std::string& path, const struct stat& info, TarMember::Type type) const {
    TarMember member;
    member.path = choice_.name.empty() || path.empty() ? absl::StrCat(choice_.name, path)
                                                       : absl::StrCat(choice_.name, "/", path);
    member.type = type;
    member.mode = info.st_mode & kPermissions;
    member.mtime = info.st_mtim;
    if (choice_.keep_owners) {
      member.uid = info.st_uid;
      member.gid = info.st_gid;
    }
    return member;
  }

  const std::string& top_;
  const PackChoice& choice_;
  TarWriter& writer_;
};

}  // namespace

PackedFiles::PackedFiles(Fill fill)
    : thread_([this, fill = std::move(fill)] {
        TarWriter writer([this](absl::string_view bytes) { return Push(bytes); });
        absl::Status outcome = fill(writer);
        if (outcome.ok()) {
          outcome = writer.Finish();
        }
        absl::MutexLock lock(&mutex_);
        outcome_ = std::move(outcome);
      }) {}

PackedFiles::~PackedFiles() {
  {
    absl::MutexLock lock(&mutex_);
    abandoned_ = true;
  }
  thread_.join();
}

absl::Status PackedFiles::Push(absl::string_view bytes) {
  absl::MutexLock lock(&mutex_);
  const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return abandoned_ || waiting_.size() < kMaxWaiting;
  };
  mutex_.Await(absl::Condition(&has_room));
  if (abandoned_) {
    return absl::CancelledError("nobody reads the archive any more");
  }
  absl::StrAppend(&waiting_, bytes);
  return absl::OkStatus();
}

absl::StatusOr<std::string> PackedFiles::Next() {
  absl::MutexLock lock(&mutex_);
  const auto has_news = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !waiting_.empty() || outcome_.has_value();
  };
  mutex_.Await(absl::Condition(&has_news));
  if (waiting_.empty()) {
    RETURN_IF_ERROR(*outcome_);
  }
  return std::exchange(waiting_, "");
}

absl::Status PackTree(const std::string& path, const PackChoice& choice, TarWriter& writer) {
  return Packer(path, choice, writer).AddTop();
}

absl::Status PackText(absl::string_view name, absl::string_view text, TarWriter& writer) {
  TarMember member;
  member.path = std::string(name);
  member.mode = kTextFile;
  member.size = text.size();
  RETURN_IF_ERROR(writer.Add(member));
  return writer.Write(text);
}

}  // namespace berth::cli
