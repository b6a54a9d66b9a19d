// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "base/clock.h"
#include "base/keyed_holds.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/volumes/volume.h"

namespace berth::cri {

struct VolumeRequest {
  std::string name;         // empty: an anonymous one, which gets an id for a name
  std::string driver = "";  // empty: local
  StringMap labels = {};
  StringMap options = {};
  std::string user = "";  // the container that uses it from the start; empty: none
};

// Docker's volumes of the driver `local`: directories <root>/volumes/<name>/_data with a record
// each, of which neither is without the other for long. One whose options name a mount has it over
// its directory from the first Source until its last user goes. Who uses a volume is not on record:
// whoever keeps containers says so again after a start. One thing at a time happens to a volume,
// for which others that are about it wait; who asks what there is waits for nobody. Thread-safe.
class VolumeStore {
 public:
  // Finishes what an earlier daemon had begun. `database` must outlive it.
  static absl::StatusOr<std::unique_ptr<VolumeStore>> Open(EngineDatabase& database,
                                                           const std::string& root);

  // The one of that name when there is one, whatever it was made with. InvalidArgument for a name
  // or options that cannot be, NotFound for another driver. FailedPrecondition, of Source, too, for
  // one whose record cannot be read. An anonymous one with a user is that container's draft until
  // Settle.
  absl::StatusOr<Volume> Create(const Call& call, const VolumeRequest& request);
  // The container is on record, and its volumes stay from now on, whatever becomes of it.
  absl::Status Settle(const Call& call, const std::string& container);
  // Removes the drafts of containers that an earlier daemon has never put on record, by what
  // `exists` says, once all containers have said what they use.
  void RemoveDrafts(const Call& call,
                    const std::function<bool(const std::string& container)>& exists);
  absl::StatusOr<Volume> Find(absl::string_view name) const;  // NotFound, in Docker's words
  std::vector<Volume> List() const;                           // by name

  // FailedPrecondition while a container uses it. Absence is NotFound, or success by `force`.
  absl::Status Remove(const Call& call, absl::string_view name, bool force);

  // Until Release, `container` uses the volume. NotFound as Find.
  absl::Status Use(absl::string_view name, const std::string& container);
  // Of all volumes.
  void Release(const std::string& container);
  std::vector<std::string> UsersOf(absl::string_view name) const;  // by id

  // The directory that stands for the volume in a container. Mounts what has to be mounted: call
  // it before each start, for a reboot takes mounts away.
  absl::StatusOr<std::string> Source(const Call& call, absl::string_view name);
  std::string Mountpoint(absl::string_view name) const;

  // What the directory `path` inside `root` holds, into the volume, with its owner and mode;
  // nothing when the volume has content, or is a mount, or there is no such directory. Resolves as
  // OpenInRoot.
  absl::Status CopyUp(const Call& call, absl::string_view name, int root, absl::string_view path);

  // Bytes on disk (MeasureTree); of a volume that is not there, 0.
  absl::StatusOr<uint64_t> SizeOf(const Call& call, absl::string_view name) const;

 private:
  struct Entry {
    Volume volume;
    std::set<std::string> users;  // containers
  };

  VolumeStore(EngineDatabase& database, std::string directory)
      : database_(database), directory_(std::move(directory)) {}

  absl::Status Load();
  absl::Status EmptyTrash() const;
  // These five with the volume held.
  absl::Status Make(Volume& volume);
  absl::Status Forget(const std::string& name, const std::string& trash);
  absl::Status Mount(const Volume& volume) const;
  absl::Status Unmount(const Volume& volume) const;  // unless somebody uses it
  absl::Status Fill(const Call& call, const std::string& place, int from) const;
  absl::Status UnmountUnused(const Call& call, const Volume& volume);
  bool IsUsed(absl::string_view name) const;
  std::vector<Volume> DraftsOf(const std::function<bool(const std::string&)>& is_one) const;

  EngineDatabase& database_;
  const std::string directory_;
  const SystemClock clock_;
  KeyedHolds holds_;  // by name: what is made, mounted, filled or removed; before mutex_
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> volumes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::cri
