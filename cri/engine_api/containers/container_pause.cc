// SPDX-License-Identifier: Apache-2.0
// The part of PodContainerEngine that pauses containers.
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/engine_api/containers/pod_container_engine.h"

namespace berth::cri {

absl::Status PodContainerEngine::SetPaused(const Call& call, absl::string_view name, bool paused,
                                           PausedBy by) {
  ASSIGN_OR_RETURN(const EngineContainerRecord found, FindAny(name));
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, Hold(call, found.id));
  ASSIGN_OR_RETURN(const EngineContainerRecord record, FindAny(found.id));
  const bool is_commits = record.of_pod ? record.state.paused() : record.state.paused_by_commit;
  if (!paused && by == PausedBy::kCommit && !is_commits) {
    return absl::OkStatus();
  }
  if (!record.state.running()) {
    return absl::FailedPreconditionError(absl::StrCat("container ", record.id, " is not running"));
  }
  if (record.state.paused() == paused) {
    return absl::FailedPreconditionError(
        absl::StrCat("Container ", record.id, paused ? " is already paused" : " is not paused"));
  }
  if (record.of_pod) {
    return pods_.SetFrozen(call, record.id, paused);
  }
  RETURN_IF_ERROR(paused ? Freeze(call, record.id, by) : Thaw(call, record.id));
  Tell(paused ? "pause" : "unpause", record);
  return absl::OkStatus();
}

// On record first: a daemon that is killed leaves nothing frozen that the next one takes for
// running.
absl::Status PodContainerEngine::Freeze(const Call& call, const std::string& id, PausedBy by) {
  RETURN_IF_ERROR(table_
                      ->Change(id,
                               [by](EngineContainerRecord& changed) {
                                 changed.state.status = EngineStatus::kPaused;
                                 changed.state.paused_by_commit = by == PausedBy::kCommit;
                               })
                      .status());
  const absl::Status frozen = runtime_.SetFrozen(call, id, true);
  if (!frozen.ok()) {
    LogIfError(NoteThawed(id), "a container that runs is on record as paused");
  }
  return frozen;
}

absl::Status PodContainerEngine::Thaw(const Call& call, const std::string& id) {
  RETURN_IF_ERROR(runtime_.SetFrozen(call, id, false));
  return NoteThawed(id);
}

absl::Status PodContainerEngine::NoteThawed(const std::string& id) {
  return table_
      ->Change(
          id,
          [](EngineContainerRecord& changed) {
            changed.state.status = EngineStatus::kRunning;
            changed.state.paused_by_commit = false;
          },
          /*force=*/true)
      .status();
}

}  // namespace berth::cri
