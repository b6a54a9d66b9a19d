// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_mounts.h"

#include <fcntl.h>

#include <vector>

#include "absl/strings/str_cat.h"

#include "base/digest.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kDefaultMode = 0755;

}  // namespace

CacheLease::~CacheLease() {
  if (mounts_ != nullptr) {
    mounts_->Release(name_);
  }
}

absl::StatusOr<CacheLease> CacheMounts::Acquire(const Call& call, const RunMount& mount) {
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
  RETURN_IF_ERROR(Make(name, mount));
  Use& use = uses_[name];
  ++use.users;
  use.locked = locks;
  return CacheLease(this, name, JoinPath(directory_, name));
}

bool CacheMounts::MayUse(const std::string& name, bool locks) const {
  const auto use = uses_.find(name);
  return use == uses_.end() || (!locks && !use->second.locked);
}

absl::Status CacheMounts::Make(const std::string& name, const RunMount& mount) const {
  const std::string path = JoinPath(directory_, name);
  const sys::Result made = sys::MakeDirectory(AT_FDCWD, path.c_str(), 0700);
  if (!made.ok()) {
    return made.error().code == EEXIST ? absl::OkStatus() : ToStatus(made, path);
  }
  RETURN_IF_ERROR(ToStatus(
      sys::SetOwnerAt(AT_FDCWD, path.c_str(), mount.uid.value_or(0), mount.gid.value_or(0)), path));
  return ToStatus(sys::SetModeAt(AT_FDCWD, path.c_str(), mount.mode.value_or(kDefaultMode) & 07777),
                  path);
}

void CacheMounts::Release(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto use = uses_.find(name);
  if (--use->second.users == 0) {
    uses_.erase(use);
  }
}

absl::Status CacheMounts::Prune() {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(
      sys::DirectoryReader reader,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str()), directory_));
  std::vector<std::string> names;
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), directory_));
    if (entry == nullptr) {
      break;
    }
    if (uses_.count(entry->d_name) == 0) {
      names.emplace_back(entry->d_name);
    }
  }
  for (const std::string& name : names) {
    RETURN_IF_ERROR(ToStatus(sys::RemoveTree(reader.fd(), name.c_str()), name));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
