// SPDX-License-Identifier: Apache-2.0
#include "imageservice/snapshot/snapshot_directories.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/directory.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr char kSnapshots[] = "snapshots";
constexpr char kEmpty[] = "0";

// -1 for a name that is none of ours: " 7", "+7" and "07" are numbers, but are not made here.
int64_t NumberOf(const std::string& name) {
  int64_t number = -1;
  const bool is_ours = absl::SimpleAtoi(name, &number) && absl::StrCat(number) == name;
  return is_ours && number >= 0 ? number : -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SnapshotDirectories>> SnapshotDirectories::Open(
    const std::string& root) {
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  std::unique_ptr<SnapshotDirectories> directories(new SnapshotDirectories(root));
  RETURN_IF_ERROR(directories->OpenAll());
  return directories;
}

absl::StatusOr<bool> SnapshotDirectories::HasAny(const std::string& root) {
  const std::string path = absl::StrCat(root, "/", kSnapshots);
  const sys::ErrnoOr<sys::Fd> directory =
      sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) {
    return directory.error().code == ENOENT ? absl::StatusOr<bool>(false)
                                            : ToStatus(directory, "open ", path);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(directory->get()));
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return NumberOf(name) > 0; });
}

absl::Status SnapshotDirectories::OpenAll() {
  ASSIGN_OR_RETURN(
      sys::Fd root,
      ToStatusOr(sys::OpenAt(AT_FDCWD, root_.c_str(), O_RDONLY | O_DIRECTORY), "open ", root_));
  ASSIGN_OR_RETURN(snapshots_, OpenOrMakeDirectory(root.get(), kSnapshots, kPrivate));
  ASSIGN_OR_RETURN(trash_, OpenOrMakeDirectory(root.get(), "trash", kPrivate));
  ASSIGN_OR_RETURN(sys::Fd zero, OpenOrMakeDirectory(snapshots_.get(), kEmpty, kPrivate));
  for (const char* name : {"fs", "work"}) {
    ASSIGN_OR_RETURN(sys::Fd empty, OpenOrMakeDirectory(zero.get(), name, kPrivate));
    RETURN_IF_ERROR(ToStatus(sys::SetMode(empty.get(), 0755), "the empty tree"));
  }
  return absl::OkStatus();
}

absl::Status SnapshotDirectories::DiscardOthers(const absl::flat_hash_set<int64_t>& known) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, NamesIn(snapshots_.get()));
  ASSIGN_OR_RETURN(std::vector<std::string> discarded, NamesIn(trash_.get()));
  int64_t last = 0;
  for (const std::vector<std::string>* list : {&names, &discarded}) {
    for (const std::string& name : *list) {
      last = std::max(last, NumberOf(name));
    }
  }
  next_number_ = last + 1;
  for (const std::string& name : names) {
    int64_t number = NumberOf(name);
    if (number <= 0 || known.contains(number)) {
      continue;
    }
    std::string trash = absl::StrCat(next_number_++);
    LogIfError(ToStatus(sys::Rename(snapshots_.get(), name.c_str(), trash_.get(), trash.c_str()),
                        "discard ", root_, "/", kSnapshots, "/", name),
               "what is nobody's stays until the next start");
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SnapshotDirectories::Make(bool with_work) {
  int64_t number = next_number_++;
  std::string name = absl::StrCat(number);
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(snapshots_.get(), name.c_str(), 0700), "snapshot"));
  absl::Cleanup undo = [&] {
    LogIfError(ToStatus(sys::RemoveTree(snapshots_.get(), name.c_str()), "snapshot ", name),
               "a failed snapshot stays until the next start");
  };
  ASSIGN_OR_RETURN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(snapshots_.get(), name.c_str(), O_RDONLY | O_DIRECTORY), "snapshot"));
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(directory.get(), "fs", 0755), "snapshot"));
  if (with_work) {
    RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(directory.get(), "work", 0700), "snapshot"));
  }
  std::move(undo).Cancel();
  return number;
}

std::string SnapshotDirectories::Tree(int64_t number) const {
  return absl::StrCat(root_, "/snapshots/", number, "/fs");
}

std::string SnapshotDirectories::Work(int64_t number) const {
  return absl::StrCat(root_, "/snapshots/", number, "/work");
}

absl::StatusOr<sys::Fd> SnapshotDirectories::OpenTree(int64_t number) const {
  return ToStatusOr(
      sys::OpenAt(snapshots_.get(), absl::StrCat(number, "/fs").c_str(), O_RDONLY | O_DIRECTORY),
      "open snapshot ", number);
}

bool SnapshotDirectories::HasTree(int64_t number) const {
  return sys::StatAt(snapshots_.get(), absl::StrCat(number, "/fs").c_str(), 0).ok();
}

absl::Status SnapshotDirectories::Discard(int64_t number) {
  std::string name = absl::StrCat(number);
  sys::Result moved = sys::Rename(snapshots_.get(), name.c_str(), trash_.get(), name.c_str());
  if (!moved.ok() && moved.error().code == ENOENT) {
    return absl::OkStatus();
  }
  return ToStatus(moved, "discard snapshot ", number);
}

absl::Status SnapshotDirectories::DiscardWork(int64_t number) {
  ASSIGN_OR_RETURN(sys::Fd directory,
                   ToStatusOr(sys::OpenAt(snapshots_.get(), absl::StrCat(number).c_str(),
                                          O_RDONLY | O_DIRECTORY),
                              "open snapshot ", number));
  return ToStatus(sys::RemoveTree(directory.get(), "work"), "remove the work directory");
}

absl::Status SnapshotDirectories::EmptyTrash() {
  absl::MutexLock lock(&emptying_);
  return Annotate(EmptyDirectory(trash_.get()), absl::StrCat("empty ", root_, "/trash"));
}

absl::Status SnapshotDirectories::Sync() {
  return ToStatus(sys::SyncFilesystem(snapshots_.get()), "sync the layers");
}

}  // namespace berth::imageservice
