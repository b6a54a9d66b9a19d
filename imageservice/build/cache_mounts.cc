// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_mounts.h"

#include <fcntl.h>

#include <set>

#include "absl/algorithm/container.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/digest.h"
#include "base/directory.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/build/step_key.h"
#include "imageservice/content/headroom.h"
#include "imageservice/layer/disk_usage.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kDefaultMode = 0755;
constexpr mode_t kAllModes = 07777;
constexpr uint32_t kAsItIs = UINT32_MAX;  // of an owner, to chown
// No cache is called so: their names are digits of a digest.
constexpr char kFresh[] = ".new-";
constexpr char kTrash[] = ".trash";
constexpr char kPruning[] = "prune";

std::string NameOf(const RunMount& mount, const std::optional<CacheSeed>& seed) {
  const std::string& id = mount.id.empty() ? mount.target : mount.id;
  return std::string(
      Digest::OfBytes(seed.has_value() ? StepKey("cache", {id, seed->key}) : id).hex());
}

}  // namespace

CacheLease::~CacheLease() {
  if (mounts_ != nullptr) {
    mounts_->Return(name_);
  }
}

absl::StatusOr<CacheLease> CacheMounts::Acquire(const Call& call, const RunMount& mount,
                                                const std::optional<CacheSeed>& seed) {
  ASSIGN_OR_RETURN(const std::string name, Reserve(call, NameOf(mount, seed), mount.sharing));
  CacheLease lease(this, name, JoinPath(directory_, name));
  RETURN_IF_ERROR(Make(name, mount, seed));
  absl::MutexLock lock(&mutex_);
  uses_[name].locked = mount.sharing == RunMount::Sharing::kLocked;
  return lease;
}

// The name of the one to use, which is the caller's alone as yet.
absl::StatusOr<std::string> CacheMounts::Reserve(const Call& call, const std::string& first,
                                                 RunMount::Sharing sharing) {
  const bool locks = sharing == RunMount::Sharing::kLocked;
  std::string name = first;
  absl::MutexLock lock(&mutex_);
  if (sharing == RunMount::Sharing::kPrivate) {
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

// It has its name once it has all that a new one has.
absl::Status CacheMounts::Make(const std::string& name, const RunMount& mount,
                               const std::optional<CacheSeed>& seed) const {
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
  absl::Cleanup undo = [&] {
    LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, fresh.c_str()), fresh),
               "what is made of a cache mount stays until the next prune");
  };
  if (seed.has_value()) {
    RETURN_IF_ERROR(Annotate(seed->copy(fresh), "a cache mount"));
  }
  const uint32_t owner = seed.has_value() ? kAsItIs : 0;
  RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(AT_FDCWD, fresh.c_str(), mount.uid.value_or(owner),
                                           mount.gid.value_or(owner)),
                           fresh));
  if (mount.mode.has_value() || !seed.has_value()) {
    RETURN_IF_ERROR(ToStatus(
        sys::SetModeAt(AT_FDCWD, fresh.c_str(), mount.mode.value_or(kDefaultMode) & kAllModes),
        fresh));
  }
  RETURN_IF_ERROR(ToStatus(sys::Rename(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str()), path));
  std::move(undo).Cancel();
  return absl::OkStatus();
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

// The time of its last change of anything is that of its last use: a container cannot set it.
void CacheMounts::Return(const std::string& name) {
  const std::string path = JoinPath(directory_, name);
  const sys::ErrnoOr<struct stat> status = sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW);
  if (status.ok()) {
    LogIfError(ToStatus(sys::SetModeAt(AT_FDCWD, path.c_str(), status->st_mode & kAllModes), path),
               "the last use of a cache mount is not noted");
  }
  {
    absl::MutexLock lock(&mutex_);
    sizes_.erase(name);
    may_have_grown_ = true;
  }
  Release(name);
}

absl::StatusOr<CacheDirectory> CacheMounts::Measure(const Call& call, int directory,
                                                    const std::string& name) {
  ASSIGN_OR_RETURN(
      const sys::Fd opened,
      ToStatusOr(sys::OpenAt(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), name));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(opened.get()), name));
  CacheDirectory measured = {.name = name, .used_at = absl::TimeFromTimespec(status.st_ctim)};
  uint64_t walk = 0;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = sizes_.find(name);
    measured.in_use = uses_.count(name) > 0;
    if (known != sizes_.end() && known->second.bytes.has_value()) {
      measured.bytes = *known->second.bytes;
      return measured;
    }
    walk = ++walks_;
    if (!measured.in_use) {  // else it is changing
      sizes_[name] = {.walk = walk, .bytes = std::nullopt};
    }
  }
  ASSIGN_OR_RETURN(const DiskUsage usage, MeasureTree(call, opened.get()));
  measured.bytes = usage.bytes;
  absl::MutexLock lock(&mutex_);
  const auto size = sizes_.find(name);  // gone, or another's, when it was used meanwhile
  if (size != sizes_.end() && size->second.walk == walk && uses_.count(name) == 0) {
    size->second.bytes = usage.bytes;
  }
  return measured;
}

absl::StatusOr<std::vector<CacheDirectory>> CacheMounts::List(const Call& call) {
  ASSIGN_OR_RETURN(
      sys::DirectoryReader reader,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str()), directory_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
  std::vector<CacheDirectory> all;
  for (const std::string& name : names) {
    if (absl::StartsWith(name, ".")) {
      continue;
    }
    absl::StatusOr<CacheDirectory> measured = Measure(call, reader.fd(), name);
    if (absl::IsNotFound(measured.status())) {
      continue;  // pruned meanwhile
    }
    RETURN_IF_ERROR(measured.status());
    all.push_back(*std::move(measured));
  }
  absl::c_stable_sort(
      all, [](const CacheDirectory& a, const CacheDirectory& b) { return a.used_at < b.used_at; });
  return all;
}

absl::StatusOr<std::vector<CacheDirectory>> CacheMounts::Prune(const Call& call,
                                                               const CachePrune& prune) {
  ASSIGN_OR_RETURN(const KeyedHolds::Hold pruning, pruning_.Acquire(call, kPruning));
  RETURN_IF_ERROR(EmptyTrash(directory_));
  ASSIGN_OR_RETURN(const std::vector<CacheDirectory> all, List(call));
  std::vector<CachePiece> pieces;
  std::set<std::string> used;
  for (const CacheDirectory& each : all) {
    pieces.push_back({.key = each.name, .used_at = each.used_at, .bytes = each.bytes});
    if (each.in_use) {
      used.insert(each.name);
    }
  }
  CachePrune idle = prune;
  idle.takes = [&](const std::string& name) {
    return used.count(name) == 0 && (prune.takes == nullptr || prune.takes(name));
  };
  const std::string trash = JoinPath(directory_, kTrash);
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, trash.c_str(), 0700), trash));
  std::vector<CacheDirectory> gone;
  absl::Status failed;
  for (const size_t i : PlanCachePrune(pieces, idle)) {
    const absl::StatusOr<bool> went = Discard(all[i].name, all[i].name);
    LogIfError(went.status(), "a cache mount is not pruned");
    failed.Update(went.status());
    if (went.value_or(false)) {
      gone.push_back(all[i]);
    }
  }
  LogIfError(DiscardHalfMade(), "what is left of a cache mount stays");
  LogIfError(EmptyTrash(directory_), "what was pruned stays in the trash until the next time");
  if (gone.empty()) {  // else what has gone is told
    RETURN_IF_ERROR(failed);
  }
  return gone;
}

absl::Status CacheMounts::Shrink(const Call& call) {
  {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(may_have_grown_, false)) {
      return absl::OkStatus();
    }
  }
  const absl::Status pruned = Prune(call, {.keep_bytes = max_bytes_}).status();
  if (!pruned.ok()) {
    absl::MutexLock lock(&mutex_);
    may_have_grown_ = true;
  }
  return pruned;
}

absl::Status CacheMounts::EmptyTrash(const std::string& directory) {
  const std::string trash = JoinPath(directory, kTrash);
  return ToStatus(sys::RemoveTree(AT_FDCWD, trash.c_str()), trash);
}

// To the trash, unless somebody has begun to use it.
absl::StatusOr<bool> CacheMounts::Discard(const std::string& cache, const std::string& name) {
  if (!ReserveUnused(cache)) {
    return false;
  }
  const absl::Cleanup release = [&] { Release(cache); };
  const std::string from = JoinPath(directory_, name);
  const std::string to = absl::StrCat(directory_, "/", kTrash, "/", name);
  RETURN_IF_ERROR(
      ToStatus(sys::Rename(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str()), "discard ", from));
  absl::MutexLock lock(&mutex_);
  sizes_.erase(cache);
  return true;
}

absl::Status CacheMounts::DiscardHalfMade() {
  ASSIGN_OR_RETURN(
      sys::DirectoryReader reader,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str()), directory_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, SortedNames(reader));
  for (const std::string& name : names) {
    absl::string_view cache = name;
    if (absl::ConsumePrefix(&cache, kFresh)) {
      RETURN_IF_ERROR(Discard(std::string(cache), name).status());
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
