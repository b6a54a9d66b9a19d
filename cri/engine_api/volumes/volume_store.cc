// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_store.h"

#include <errno.h>
#include <fcntl.h>

#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/directory.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mount_table.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "base/sys/removal.h"
#include "cri/engine_api/volumes/volume_mount.h"
#include "cri/engine_api/volumes/volume_tree.h"
#include "imageservice/layer/disk_usage.h"

namespace berth::cri {
namespace {

constexpr mode_t kTop = 0701;  // containers of other users pass through
constexpr mode_t kData = 0755;
constexpr char kTrash[] = ".trash";     // no volume's name begins so
constexpr char kCopying[] = "copying";  // beside _data, while it is filled from an image
constexpr absl::Duration kUnmountTimeout = absl::Minutes(1);  // of a container that goes
constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

absl::Status NoSuchVolume(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("get ", name, ": no such volume"));
}

absl::StatusOr<sys::Fd> OpenDirectory(const std::string& path) {
  return ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), kOpenDirectory), "open ", path);
}

absl::Status MakePublic(const std::string& path, mode_t mode) {
  RETURN_IF_ERROR(ToStatus(sys::EnsureDirectory(AT_FDCWD, path.c_str(), mode), "make ", path));
  return ToStatus(sys::SetModeAt(AT_FDCWD, path.c_str(), mode), "make ", path);  // over the umask
}

absl::StatusOr<bool> IsMounted(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string table, ReadMountinfo("self"));
  return absl::c_any_of(ParseMountTable(table),
                        [&](const MountEntry& entry) { return entry.mount_point == path; });
}

absl::StatusOr<sys::DetachedMount> MakeMount(const VolumeMount& mount) {
  if (mount.binds) {
    ASSIGN_OR_RETURN(
        sys::DetachedMount clone,
        ToStatusOr(sys::CloneMount(AT_FDCWD, mount.device.c_str(), mount.recursive), mount.device));
    RETURN_IF_ERROR(ToStatus(clone.SetAttributes(mount.attributes, 0, 0, false), mount.device));
    return clone;
  }
  std::vector<sys::MountOption> options = {{"source", mount.device.c_str()}};
  for (const auto& [key, value] : mount.options) {
    options.push_back({key.c_str(), value.empty() ? nullptr : value.c_str()});
  }
  return ToStatusOr(sys::NewMount(mount.type.c_str(), options, mount.attributes), mount.type,
                    " of ", mount.device);
}

bool MayBeMounted(const Volume& volume) {
  return !volume.options.empty() || !volume.unreadable.empty();
}

absl::Status CheckUsable(const Volume& volume) {
  return CheckReadable(absl::StrCat("the volume ", volume.name), volume.unreadable);
}

// As it will be on record, but for its time.
absl::StatusOr<Volume> DraftVolume(const VolumeRequest& request) {
  Volume volume{.name = request.name, .labels = request.labels, .options = request.options};
  if (volume.name.empty()) {
    volume.name = RandomId();
    volume.labels[kAnonymousVolume] = "";
    volume.draft_of = request.user;
  }
  if (!request.driver.empty() && request.driver != kLocalVolumes) {
    return absl::NotFoundError(absl::StrCat("create ", volume.name,
                                            ": error looking up volume plugin ", request.driver,
                                            ": plugin \"", request.driver, "\" not found"));
  }
  const std::string context = absl::StrCat("create ", volume.name);
  RETURN_IF_ERROR(Annotate(CheckVolumeName(volume.name), context));
  RETURN_IF_ERROR(Annotate(PlanVolumeMount(volume.options).status(), context));
  return volume;
}

}  // namespace

absl::StatusOr<std::unique_ptr<VolumeStore>> VolumeStore::Open(EngineDatabase& database,
                                                               const std::string& root) {
  auto store = std::unique_ptr<VolumeStore>(new VolumeStore(database, JoinPath(root, "volumes")));
  RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status VolumeStore::Load() {
  RETURN_IF_ERROR(EnsureDirectories(directory_, kTop));
  RETURN_IF_ERROR(EnsureDirectories(JoinPath(directory_, kTrash), 0700));
  LogIfError(EmptyTrash(), "removed volumes stay in the trash until the next start");
  ASSIGN_OR_RETURN(const auto records, database_.All(EngineTable::kVolumes));
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, record] : records) {
    Volume volume = ReadVolumeRecord(name, record);
    if (!volume.unreadable.empty()) {
      LogUnreadable(EngineTable::kVolumes, name, volume.unreadable);
    }
    const auto found = sys::StatAt(AT_FDCWD, Mountpoint(name).c_str(), 0);
    // Between record and directory, in making as in removing, a daemon may have been killed.
    if (!found.ok() && found.error().code == ENOENT) {
      RETURN_IF_ERROR(database_.Remove(EngineTable::kVolumes, name));
      continue;
    }
    LogIfError(ToStatus(found, "look at the volume ", name), "a volume may not be usable");
    volumes_[name].volume = std::move(volume);
  }
  return absl::OkStatus();
}

absl::Status VolumeStore::EmptyTrash() const {
  ASSIGN_OR_RETURN(const sys::Fd trash, OpenDirectory(JoinPath(directory_, kTrash)));
  return EmptyDirectory(trash.get());
}

std::string VolumeStore::Mountpoint(absl::string_view name) const {
  return absl::StrCat(directory_, "/", name, "/_data");
}

absl::StatusOr<Volume> VolumeStore::Create(const Call& call, const VolumeRequest& request) {
  ASSIGN_OR_RETURN(Volume volume, DraftVolume(request));
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, holds_.Acquire(call, volume.name));
  if (absl::StatusOr<Volume> known = Find(volume.name); known.ok()) {
    volume = *std::move(known);
    RETURN_IF_ERROR(CheckUsable(volume));
  } else {
    RETURN_IF_ERROR(Make(volume));
  }
  absl::MutexLock lock(&mutex_);
  Entry& entry = volumes_[volume.name];
  entry.volume = volume;
  if (!request.user.empty()) {
    entry.users.insert(request.user);
  }
  return volume;
}

absl::Status VolumeStore::Make(Volume& volume) {
  volume.created_at = absl::ToUnixNanos(clock_.Now());
  RETURN_IF_ERROR(database_.Put(EngineTable::kVolumes, volume.name, VolumeRecord(volume)));
  absl::Status made = MakePublic(JoinPath(directory_, volume.name), kTop);
  if (made.ok()) {
    made = MakePublic(Mountpoint(volume.name), kData);
  }
  if (!made.ok()) {
    LogIfError(database_.Remove(EngineTable::kVolumes, volume.name), "undo a volume");
  }
  return made;
}

std::vector<Volume> VolumeStore::DraftsOf(
    const std::function<bool(const std::string&)>& is_one) const {
  std::vector<Volume> drafts = List();
  std::erase_if(drafts, [&](const Volume& volume) {
    return volume.draft_of.empty() || !is_one(volume.draft_of);
  });
  return drafts;
}

absl::Status VolumeStore::Settle(const Call& call, const std::string& container) {
  absl::Status settled;
  for (Volume& volume : DraftsOf([&](const std::string& each) { return each == container; })) {
    ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, holds_.Acquire(call, volume.name));
    if (!Find(volume.name).ok()) {
      continue;  // removed meanwhile
    }
    volume.draft_of.clear();
    settled.Update(database_.Put(EngineTable::kVolumes, volume.name, VolumeRecord(volume)));
    absl::MutexLock lock(&mutex_);
    volumes_[volume.name].volume = volume;
  }
  return settled;
}

void VolumeStore::RemoveDrafts(const Call& call,
                               const std::function<bool(const std::string& container)>& exists) {
  for (const Volume& volume : DraftsOf([](const std::string&) { return true; })) {
    if (exists(volume.draft_of)) {
      LogIfError(Settle(call, volume.draft_of), "volumes of a container are on record as drafts");
    } else if (!IsUsed(volume.name)) {
      LogIfError(Remove(call, volume.name, /*force=*/true), "a volume of no container stays");
    }
  }
}

absl::StatusOr<Volume> VolumeStore::Find(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = volumes_.find(name);
  if (found == volumes_.end()) {
    return NoSuchVolume(name);
  }
  return found->second.volume;
}

std::vector<Volume> VolumeStore::List() const {
  absl::MutexLock lock(&mutex_);
  std::vector<Volume> list;
  for (const auto& [name, entry] : volumes_) {
    list.push_back(entry.volume);
  }
  return list;
}

// Out of sight in one step; what it held is in the trash then.
absl::Status VolumeStore::Forget(const std::string& name, const std::string& trash) {
  decltype(volumes_)::node_type forgotten;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = volumes_.find(name);
    if (found == volumes_.end()) {
      return NoSuchVolume(name);
    }
    if (const std::set<std::string>& users = found->second.users; !users.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("remove ", name, ": volume is in use - [", absl::StrJoin(users, ", "), "]"));
    }
    forgotten = volumes_.extract(found);  // nobody begins to use it
  }
  const std::string path = JoinPath(directory_, name);
  const absl::Status moved =
      ToStatus(sys::Rename(AT_FDCWD, path.c_str(), AT_FDCWD, trash.c_str()), "remove ", path);
  if (!moved.ok()) {
    absl::MutexLock lock(&mutex_);
    volumes_.insert(std::move(forgotten));
    return moved;
  }
  return database_.Remove(EngineTable::kVolumes, name);
}

absl::Status VolumeStore::Remove(const Call& call, absl::string_view name, bool force) {
  const absl::StatusOr<Volume> volume = Find(name);
  if (!volume.ok()) {
    return force ? absl::OkStatus() : volume.status();
  }
  const std::string trash = absl::StrCat(directory_, "/", kTrash, "/", RandomHex(8));
  {
    ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, holds_.Acquire(call, volume->name));
    RETURN_IF_ERROR(Unmount(*volume));  // an earlier daemon may have left it
    RETURN_IF_ERROR(Forget(volume->name, trash));
  }
  return ToStatus(sys::RemoveTree(AT_FDCWD, trash.c_str()), "remove ", name);
}

absl::Status VolumeStore::Use(absl::string_view name, const std::string& container) {
  absl::MutexLock lock(&mutex_);
  const auto found = volumes_.find(name);
  if (found == volumes_.end()) {
    return NoSuchVolume(name);
  }
  found->second.users.insert(container);
  return absl::OkStatus();
}

void VolumeStore::Release(const std::string& container) {
  std::vector<Volume> unused;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [name, entry] : volumes_) {
      if (entry.users.erase(container) != 0 && entry.users.empty()) {
        unused.push_back(entry.volume);
      }
    }
  }
  for (const Volume& volume : unused) {
    LogIfError(UnmountUnused(Call::WithTimeout(kUnmountTimeout), volume), "a volume stays mounted");
  }
}

std::vector<std::string> VolumeStore::UsersOf(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = volumes_.find(name);
  return found == volumes_.end()
             ? std::vector<std::string>()
             : std::vector<std::string>(found->second.users.begin(), found->second.users.end());
}

absl::StatusOr<std::string> VolumeStore::Source(const Call& call, absl::string_view name) {
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, holds_.Acquire(call, std::string(name)));
  ASSIGN_OR_RETURN(const Volume volume, Find(name));
  RETURN_IF_ERROR(CheckUsable(volume));
  RETURN_IF_ERROR(
      Annotate(Mount(volume), absl::StrCat("failed to mount local volume ", volume.name)));
  return Mountpoint(name);
}

absl::Status VolumeStore::Mount(const Volume& volume) const {
  ASSIGN_OR_RETURN(const std::optional<VolumeMount> plan, PlanVolumeMount(volume.options));
  const std::string place = Mountpoint(volume.name);
  if (!plan.has_value()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool mounted, IsMounted(place));
  if (mounted) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const sys::DetachedMount mount, MakeMount(*plan));
  ASSIGN_OR_RETURN(const sys::Fd target, OpenDirectory(place));
  return ToStatus(mount.AttachAt(target.get()), place);
}

bool VolumeStore::IsUsed(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = volumes_.find(name);
  return found != volumes_.end() && !found->second.users.empty();
}

absl::Status VolumeStore::UnmountUnused(const Call& call, const Volume& volume) {
  if (!MayBeMounted(volume)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, holds_.Acquire(call, volume.name));
  return Unmount(volume);
}

// Whether something is mounted is known, or it is an error: what is taken for the volume's own
// directory is removed.
absl::Status VolumeStore::Unmount(const Volume& volume) const {
  if (!MayBeMounted(volume)) {
    return absl::OkStatus();
  }
  const std::string place = Mountpoint(volume.name);
  while (!IsUsed(volume.name)) {
    ASSIGN_OR_RETURN(const bool mounted, IsMounted(place));
    if (!mounted) {
      break;
    }
    RETURN_IF_ERROR(ToStatus(sys::Unmount(place.c_str()), "unmount ", place));
  }
  return absl::OkStatus();
}

absl::Status VolumeStore::CopyUp(const Call& call, absl::string_view name, int root,
                                 absl::string_view path) {
  ASSIGN_OR_RETURN(const Volume volume, Find(name));
  if (!volume.options.empty()) {
    return absl::OkStatus();
  }
  const sys::ErrnoOr<sys::Fd> from =
      sys::OpenInRoot(root, std::string(path).c_str(), O_RDONLY | O_DIRECTORY);
  if (!from.ok() && (from.error().code == ENOENT || from.error().code == ENOTDIR)) {
    return absl::OkStatus();
  }
  const std::string context = absl::StrCat("copy ", path, " into volume ", name);
  RETURN_IF_ERROR(ToStatus(from, context));
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, holds_.Acquire(call, volume.name));
  return Annotate(Fill(call, Mountpoint(name), from->get()), context);
}

absl::Status VolumeStore::Fill(const Call& call, const std::string& place, int from) const {
  ASSIGN_OR_RETURN(const sys::Fd top, OpenDirectory(std::string(ParentPath(place))));
  ASSIGN_OR_RETURN(const sys::Fd data, OpenDirectory(place));
  if (sys::StatAt(top.get(), kCopying, AT_SYMLINK_NOFOLLOW).ok()) {  // by a daemon that was killed
    RETURN_IF_ERROR(EmptyDirectory(data.get()));
  }
  ASSIGN_OR_RETURN(const bool empty, IsEmptyDirectory(data.get()));
  if (!empty) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ToStatus(sys::EnsureDirectory(top.get(), kCopying, 0700), "fill ", place));
  const absl::Status copied = CopyTree(call, from, data.get());
  if (!copied.ok()) {
    LogIfError(EmptyDirectory(data.get()), "half a copy stays in a volume");
  }
  RETURN_IF_ERROR(ToStatus(sys::RemoveDirectory(top.get(), kCopying), "fill ", place));
  return copied;
}

absl::StatusOr<uint64_t> VolumeStore::SizeOf(const Call& call, absl::string_view name) const {
  const absl::StatusOr<sys::Fd> data = OpenDirectory(Mountpoint(name));
  if (!data.ok()) {
    return 0;
  }
  ASSIGN_OR_RETURN(const imageservice::DiskUsage usage,
                   imageservice::MeasureTree(call, data->get()));
  return usage.bytes;
}

}  // namespace berth::cri
