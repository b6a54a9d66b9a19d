// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "runtime/plan/exit_record.h"
#include "runtime/pod.h"
#include "runtime/pod_runtime.h"
#include "runtime/records.h"

namespace berth::runtime {

inline constexpr int32_t kStartErrorCode = 128;
inline constexpr int32_t kUnknownExitCode = 255;
inline constexpr int32_t kKilledExitCode = 137;
inline constexpr char kStartError[] = "StartError";
// The message of one whose start was cancelled.
inline constexpr char kStoppedWhileStarting[] = "it was stopped while it was being started";

// How a container's first process ended.
struct ContainerExit {
  ExitRecord record;   // a start of 0 is unknown
  std::string reason;  // empty: what the record says
  std::string message;
};

// Completed, Error or OOMKilled.
absl::string_view ReasonOf(const ContainerExit& exit);

// One container: plan, state, exit status. CREATED -> RUNNING -> EXITED, CREATED -> EXITED when the
// start fails, and UNKNOWN for one whose shim does not answer. Does nothing to processes by itself.
// Thread-safe; only the Wait methods block.
class Container {
 public:
  Container(ContainerRecord record, std::shared_ptr<Pod> pod);

  const std::string& id() const { return id_; }
  const std::string& pod_id() const { return pod_->id(); }
  const std::shared_ptr<Pod>& pod() const { return pod_; }
  const std::string& cgroup() const { return cgroup_; }
  int64_t created_at() const { return created_at_; }
  const std::string& log_path() const { return log_path_; }
  const v1::ContainerMetadata& metadata() const { return metadata_; }
  v1::Signal stop_signal() const { return stop_signal_; }

  ContainerState state() const;
  bool running() const { return state().phase == ContainerPhase::kRunning; }
  absl::Status CheckRunning() const;  // FailedPrecondition when it is not
  bool exited() const { return state().phase == ContainerPhase::kExited; }
  // Running, or unknown and so perhaps running.
  bool has_process() const;
  ContainerSnapshot Snapshot() const;

  // Transitions return the state to be recorded, or nothing when they do not apply.

  // FailedPrecondition unless CREATED, not being removed, and nobody else is starting it. Who gets
  // OK is the starter until it calls FinishStart, having done with the container.
  absl::Status BeginStart();
  void FinishStart();
  // Asks the starter, if there is one, to give up and kill what it has begun; it looks every
  // kCallPeriod.
  void CancelStart();
  bool start_is_cancelled() const;
  // The same, and waits until there is no starter; the status of the call when that ends first.
  absl::Status EndStart(const Call& call);
  // Nothing when it has exited already: its exit was seen before its start was acknowledged.
  std::optional<ContainerState> MarkRunning(int32_t pid, int64_t started_at);
  // Nothing when it had exited before. Of one that had not run when its start was cancelled, that
  // is the reason, whoever sees its end.
  std::optional<ContainerState> MarkExited(const ContainerExit& exit);
  // RUNNING to UNKNOWN and, by MarkRunning, back.
  std::optional<ContainerState> MarkUnknown();
  // From now on it cannot start; waits for nothing.
  void BeginRemoval();

  // True for the first caller, who says that it has started: who sees its exit first, if need be.
  bool BeginStartReport();

  v1::ContainerConfig config() const;
  void SetResources(const v1::LinuxContainerResources& resources);

  // Notes that the container is to be killed at `kill_at` unless an earlier time is noted.
  void RequestKill(absl::Time kill_at);
  // The same. True for the first caller, who sends the stop signal.
  bool RequestStop(absl::Time kill_at);
  absl::Time kill_at() const;  // the infinite future: nobody has asked for it
  // One found on its way to exec has no start time yet. Waits until it has one or has exited; false
  // when the time is up.
  bool WaitStarted(absl::Time deadline) const;
  // Waits until it has exited; false when the time is up.
  bool WaitExited(absl::Time deadline) const;

  void Abandon();
  bool Claim();

 private:
  enum class Starter { kNone, kAtWork, kCancelled };

  void Advance(ContainerPhase phase) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string id_;
  const std::shared_ptr<Pod> pod_;
  const std::string cgroup_;
  const ContainerImage image_;
  const v1::ContainerMetadata metadata_;
  const int64_t created_at_;
  const std::string log_path_;
  const uint32_t uid_;
  const uint32_t gid_;
  const std::vector<uint32_t> groups_;
  const v1::Signal stop_signal_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const v1::ContainerConfig> config_ ABSL_GUARDED_BY(mutex_);
  ContainerState state_ ABSL_GUARDED_BY(mutex_);
  absl::Time kill_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();  // moves earlier only
  bool stop_is_signalled_ ABSL_GUARDED_BY(mutex_) = false;
  Starter starter_ ABSL_GUARDED_BY(mutex_) = Starter::kNone;
  bool removing_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  bool start_reported_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
