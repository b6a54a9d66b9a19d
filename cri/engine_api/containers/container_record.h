// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/containers/health.h"

namespace berth::cri {

// kDead is never on record: it is whatever has a record that cannot be read.
enum class EngineStatus { kCreated, kRunning, kPaused, kRestarting, kExited, kDead };

// Docker's word: "created", "running", …
absl::string_view NameOf(EngineStatus status);

// What changes in a container's life.
struct EngineState {
  EngineStatus status = EngineStatus::kCreated;
  std::string pod_id;       // of the pod it runs in; empty: it does not run
  int64_t started_at = 0;   // ns; 0: never
  int64_t finished_at = 0;  // ns; 0: never
  int32_t exit_code = 0;
  std::string error;          // why it could not be started, or is dead
  std::string removal_error;  // why it has not removed itself yet; not on record
  bool oom_killed = false;
  uint32_t attempt = 0;       // counts starts
  int64_t restart_count = 0;  // of its restart policy, since a user started it
  bool stopped_by_user = false;
  bool paused_by_commit = false;  // not by a user: no longer than the daemon that commits it
  HealthState health;

  bool running() const { return status == EngineStatus::kRunning || paused(); }
  bool paused() const { return status == EngineStatus::kPaused; }
  bool dead() const { return status == EngineStatus::kDead; }
};

// A container of the Docker Engine API: what was asked for, with what its image says, and what has
// become of it. It outlives the pods in which it runs.
struct EngineContainerRecord {
  std::string id;
  std::string name;        // without the slash before it
  std::string image_id;    // sha256:…
  int64_t created_at = 0;  // ns
  Json config;             // Config of inspect: the request's, merged with the image's
  Json host_config;        // HostConfig, as requested
  Json mounts;             // of FormatMounts; null of a dead one of which they are not known
  // Of its snapshot, the digest of the blob that has them: its next start goes on with them.
  std::string processes;
  EngineState state;

  bool resumes() const { return !processes.empty(); }

  // One of a pod of CRI, which is not on record here: known by its whole id, for its files and its
  // pauses only.
  bool of_pod = false;
};

// Pure. What formatting did not write is read as a dead container, with its name, image and mounts
// as far as they can be read, and nothing else.
Json FormatRecord(const EngineContainerRecord& record);
EngineContainerRecord ParseRecord(const std::string& id, const absl::StatusOr<Json>& json);
EngineContainerRecord DeadRecord(const EngineContainerRecord& record, absl::string_view why);

// FailedPrecondition for one that is dead.
absl::Status CheckAlive(const EngineContainerRecord& record);

// The key of the container's root in the image store: never a container's id, so that roots of
// containers of pods are no one else's (cri/container_roots.h).
std::string EngineRootKey(absl::string_view container_id);
// The same of either kind of container.
std::string RootKeyOf(const EngineContainerRecord& record);

}  // namespace berth::cri
