// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_context.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/build/ignore_file.h"

namespace berth::cli {
namespace {

using imageservice::IgnoreFile;
using imageservice::TarMember;
using imageservice::TarWriter;

constexpr size_t kMaxWaiting = 256 << 10;
constexpr size_t kMaxContextDepth = 256;
constexpr size_t kMaxLink = 4096;
constexpr mode_t kPermissions = 07777;
constexpr mode_t kTextFile = 0644;
constexpr char kIgnoreFile[] = ".dockerignore";

absl::StatusOr<IgnoreFile> ReadIgnore(const std::string& directory, const std::string& name) {
  const std::string path = JoinPath(directory, name);
  const absl::StatusOr<std::string> text = ReadFile(path, imageservice::kMaxIgnoreFile);
  if (absl::IsNotFound(text.status())) {
    return text.status();
  }
  RETURN_IF_ERROR(text.status());
  absl::StatusOr<IgnoreFile> ignore = IgnoreFile::Parse(*text);
  RETURN_IF_ERROR(Annotate(ignore.status(), path));
  return ignore;
}

// A context being packed.
class Packer {
 public:
  Packer(const std::string& root, std::vector<std::string> always, IgnoreFile ignore,
         TarWriter& writer)
      : root_(root), always_(std::move(always)), ignore_(std::move(ignore)), writer_(writer) {}

  // All below the directory of that path, "" for the root.
  absl::Status AddAll(int parent, const std::string& path, size_t depth) {
    if (depth > kMaxContextDepth) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is nested too deep"));
    }
    ASSIGN_OR_RETURN(std::vector<std::string> names, ReadNames(parent, path));
    for (const std::string& name : names) {
      const std::string below = path.empty() ? name : absl::StrCat(path, "/", name);
      RETURN_IF_ERROR(Add(parent, name, below, depth));
    }
    return absl::OkStatus();
  }

 private:
  std::string Shown(absl::string_view path) const { return JoinPath(root_, path); }

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

  bool Counts(const std::string& path) const {
    return !ignore_.Ignores(path) ||
           std::find(always_.begin(), always_.end(), path) != always_.end();
  }

  absl::Status Add(int parent, const std::string& name, const std::string& path, size_t depth) {
    ASSIGN_OR_RETURN(const struct stat info,
                     ToStatusOr(sys::StatAt(parent, name.c_str(), AT_SYMLINK_NOFOLLOW), "look at ",
                                Shown(path)));
    const bool counts = Counts(path);
    if (S_ISDIR(info.st_mode)) {
      return AddDirectory(parent, name, path, info, counts, depth);
    }
    if (!counts || S_ISSOCK(info.st_mode)) {
      return absl::OkStatus();
    }
    TarMember member = MemberOf(path, info);
    if (S_ISREG(info.st_mode)) {
      ASSIGN_OR_RETURN(const sys::Fd file,
                       ToStatusOr(sys::OpenBeneath(parent, name.c_str(), O_RDONLY | O_NONBLOCK),
                                  "open ", Shown(path)));
      return AddFile(writer_, std::move(member), file.get(),
                     [](absl::string_view) { return absl::OkStatus(); });
    }
    if (S_ISLNK(info.st_mode)) {
      member.type = TarMember::Type::kSymlink;
      member.target.resize(kMaxLink);
      ASSIGN_OR_RETURN(const size_t size,
                       ToStatusOr(sys::ReadSymlinkAt(parent, name.c_str(), member.target), "read ",
                                  Shown(path)));
      member.target.resize(size);
    } else if (S_ISFIFO(info.st_mode)) {
      member.type = TarMember::Type::kFifo;
    } else {
      member.type = S_ISCHR(info.st_mode) ? TarMember::Type::kCharacter : TarMember::Type::kBlock;
      member.device = info.st_rdev;
    }
    return writer_.Add(member);
  }

  // One that does not count is looked into when something in it may.
  absl::Status AddDirectory(int parent, const std::string& name, const std::string& path,
                            const struct stat& info, bool counts, size_t depth) {
    const bool may_count =
        ignore_.TakesBack() ||
        std::any_of(always_.begin(), always_.end(), [&](const std::string& each) {
          return absl::StartsWith(each, absl::StrCat(path, "/"));
        });
    if (!counts && !may_count) {
      return absl::OkStatus();
    }
    if (counts) {
      TarMember member = MemberOf(path, info);
      member.type = TarMember::Type::kDirectory;
      RETURN_IF_ERROR(writer_.Add(member));
    }
    ASSIGN_OR_RETURN(const sys::Fd directory,
                     ToStatusOr(sys::OpenBeneath(parent, name.c_str(), O_RDONLY | O_DIRECTORY),
                                "open ", Shown(path)));
    return AddAll(directory.get(), path, depth + 1);
  }

  static TarMember MemberOf(const std::string& path, const struct stat& info) {
    TarMember member;
    member.path = path;
    member.mode = info.st_mode & kPermissions;
    member.mtime = info.st_mtim;
    return member;
  }

  const std::string& root_;
  const std::vector<std::string> always_;
  const IgnoreFile ignore_;
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

absl::Status PackContext(const std::string& path, const std::string& dockerfile,
                         TarWriter& writer) {
  ASSIGN_OR_RETURN(const sys::Fd root,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY),
                              "the build context ", path));
  const std::string own = absl::StrCat(dockerfile, kIgnoreFile);
  std::string ignore_name = own;
  absl::StatusOr<IgnoreFile> ignore = ReadIgnore(path, own);
  if (absl::IsNotFound(ignore.status())) {
    ignore_name = kIgnoreFile;
    ignore = ReadIgnore(path, kIgnoreFile);
  }
  if (absl::IsNotFound(ignore.status())) {
    ignore = IgnoreFile();
  }
  RETURN_IF_ERROR(ignore.status());
  Packer packer(path, {dockerfile, ignore_name}, *std::move(ignore), writer);
  return packer.AddAll(root.get(), "", 0);
}

absl::Status PackText(absl::string_view name, absl::string_view text, TarWriter& writer) {
  TarMember member;
  member.path = std::string(name);
  member.mode = kTextFile;
  member.size = text.size();
  RETURN_IF_ERROR(writer.Add(member));
  return writer.Write(text);
}

bool LooksLikeArchive(absl::string_view beginning) {
  constexpr size_t kTarMagic = 257;
  constexpr absl::string_view kMagics[] = {"\x1f\x8b", "BZh",
                                           "\xfd"
                                           "7zXZ",
                                           "\x28\xb5\x2f\xfd"};
  const bool packed = std::any_of(std::begin(kMagics), std::end(kMagics), [&](absl::string_view m) {
    return absl::StartsWith(beginning, m);
  });
  return packed ||
         (beginning.size() > kTarMagic && absl::StartsWith(beginning.substr(kTarMagic), "ustar"));
}

}  // namespace berth::cli
