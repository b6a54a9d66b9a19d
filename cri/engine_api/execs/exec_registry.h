// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/clock.h"
#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/execs/exec.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

inline constexpr size_t kMaxExecsOfContainer = 256;  // that are remembered

// The commands that clients have asked for in containers, and that run there: of a container as
// long as it exists, of a command that has ended, or was never started, for some minutes more. They
// are the daemon's own: another one knows none of them. Thread-safe.
class ExecRegistry {
 public:
  // What is given must outlive it.
  ExecRegistry(const ContainerEngine& containers, runtime::PodRuntime& runtime, EventHub& events)
      : containers_(containers), runtime_(runtime), events_(events) {}

  // The id of a new one. NotFound without the container, FailedPrecondition unless it runs,
  // ResourceExhausted when too many of its commands have not ended.
  absl::StatusOr<std::string> Create(absl::string_view container, ExecSpec spec);

  // NotFound in Docker's words.
  absl::StatusOr<ExecState> Find(const std::string& id) const;

  // The ids of the container's commands that have not ended.
  std::vector<std::string> ListOf(absl::string_view container_id) const;

  // FailedPrecondition when it has been started, or its container does not run.
  absl::Status CheckStart(const std::string& id) const;

  struct Started {
    std::shared_ptr<runtime::ProcessSession> session;
    ExecState state;
  };
  // Executes it, with the streams that are given instead of all of its own, once. When it cannot
  // be, it has ended, with the code that Docker gives it. Who has it started says when it Ends.
  absl::StatusOr<Started> Start(const Call& call, const std::string& id,
                                const runtime::StreamChoice& streams);
  // It has ended; Unavailable: with its container.
  void End(const std::string& id, const absl::StatusOr<int32_t>& exit);
  // Something has happened to it: "exec_detach".
  void Tell(absl::string_view action, const ExecState& state,
            std::map<std::string, std::string> more = {});

  // FailedPrecondition unless it runs, and has a terminal.
  absl::Status Resize(const std::string& id, const TerminalSize& size);

 private:
  struct Entry {
    ExecState state;
    absl::Time since = SteadyNow();                    // when it was created or has ended
    std::shared_ptr<runtime::ProcessSession> session;  // while it runs
  };

  void SetEnded(const std::string& id, int32_t exit_code);
  // Those of the commands that are no more.
  std::set<std::string> LostContainers() const;
  void ForgetOld(const std::set<std::string>& lost) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MakeRoom(const std::string& container_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Entry> FindEntry(const std::string& id) const;

  const ContainerEngine& containers_;
  runtime::PodRuntime& runtime_;
  EventHub& events_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by id
};

}  // namespace berth::cri
