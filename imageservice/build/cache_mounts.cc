// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_mounts.h"

#include <fcntl.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/digest.h"
#include "base/directory.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/content/headroom.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kDefaultMode = 0755;
// No cache is called so: their names are digits of a digest.
constexpr char kFresh[] = ".new-";
constexpr char kTrash[] = ".trash";

}  // namespace

CacheLease::~CacheLease() {
  if (mounts_ != nullptr) {
    mounts_->Release(name_);
  }
}

absl::StatusOr<CacheLease> CacheMounts::Acquire(const Call& call, const RunMount& mount) {
  ASSIGN_OR_RETURN(const std::string name, Reserve(call, mount));
  CacheLease lease(this, name, JoinPath(directory_, name));
  RETURN_IF_ERROR(Make(name, mount));
  absl::MutexLock lock(&mutex_);
  uses_[name].locked = mount.sharing == RunMount::Sharing::kLocked;
  return lease;
}

// The name of the one to use, which is the caller's alone as yet.
absl::StatusOr<std::string> CacheMounts::Reserve(const Call& call, const RunMount& mount) {
  const std::string first(Digest::OfBytes(mount.id.empty() ? mount.target : mount.id).hex());
  const bool locks = mount.sharing == RunMount::Sharing::kLocked;
  std::string name = first;
  absl::MutexLock lock(&mutex_);
  if (mount.sharing == RunMount::Sharing::kPrivate) {
    for (int i = 1; uses_.count(name) > 0; ++i) {
      name = absl::StrCat(first, "-", i);
    }
  }
  const auto is_free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return MayUse(name, locks); };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_free), call));
  Use& use = uses_[name];
  ++use.users;
  use.locked = true;
  return name;
}

bool CacheMounts::ReserveUnused(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  return uses_.emplace(name, Use{.users = 1, .locked = true}).second;
}

bool CacheMounts::MayUse(const std::string& name, bool locks) const {
  const auto use = uses_.find(name);
  return use == uses_.end() || (!locks && !use->second.locked);
}

// It has its name once it has its owner.
absl::Status CacheMounts::Make(const std::string& name, const RunMount& mount) const {
  ASSIGN_OR_RETURN(
      sys::DirectoryReader reader,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str()), directory_));
  RETURN_IF_ERROR(Annotate(CheckHeadroom(reader.fd()), "a cache mount"));
  const std::string path = JoinPath(directory_, name);
  if (sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW).ok()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
  if (names.size() >= kMaxCacheMounts) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", names.size(), " cache mounts; prune the build cache"));
  }
  const std::string fresh = JoinPath(directory_, absl::StrCat(kFresh, name));
  RETURN_IF_ERROR(ToStatus(sys::RemoveTree(AT_FDCWD, fresh.c_str()), fresh));
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, fresh.c_str(), 0700), fresh));
  RETURN_IF_ERROR(ToStatus(
      sys::SetOwnerAt(AT_FDCWD, fresh.c_str(), mount.uid.value_or(0), mount.gid.value_or(0)),
      fresh));
  RETURN_IF_ERROR(ToStatus(
      sys::SetModeAt(AT_FDCWD, fresh.c_str(), mount.mode.value_or(kDefaultMode) & 07777), fresh));
  return ToStatus(sys::Rename(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str()), path);
}

void CacheMounts::Release(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto use = uses_.find(name);
  if (--use->second.users == 0) {
    uses_.erase(use);
  } else {
    use->second.locked = false;
  }
}

absl::Status CacheMounts::Prune() {
  absl::MutexLock pruning(&pruning_);
  RETURN_IF_ERROR(EmptyTrash(directory_));
  const std::string trash = JoinPath(directory_, kTrash);
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, trash.c_str(), 0700), trash));
  RETURN_IF_ERROR(DiscardUnused());
  return EmptyTrash(directory_);
}

absl::Status CacheMounts::EmptyTrash(const std::string& directory) {
  const std::string trash = JoinPath(directory, kTrash);
  return ToStatus(sys::RemoveTree(AT_FDCWD, trash.c_str()), trash);
}

absl::Status CacheMounts::DiscardUnused() {
  ASSIGN_OR_RETURN(
      sys::DirectoryReader reader,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str()), directory_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
  for (const std::string& name : names) {
    const std::string cache(absl::StripPrefix(name, kFresh));
    if (name == kTrash || !ReserveUnused(cache)) {
      continue;
    }
    const CacheLease lease(this, cache, "");
    const std::string to = absl::StrCat(kTrash, "/", name);
    RETURN_IF_ERROR(
        ToStatus(sys::Rename(reader.fd(), name.c_str(), reader.fd(), to.c_str()), name));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
