// SPDX-License-Identifier: Apache-2.0
#include "runtime/container.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/utf8.h"

namespace berth::runtime {
namespace {

v1::ContainerState ToCri(ContainerPhase phase) {
  switch (phase) {
    case ContainerPhase::kCreated:
      return v1::CONTAINER_CREATED;
    case ContainerPhase::kRunning:
      return v1::CONTAINER_RUNNING;
    case ContainerPhase::kExited:
      return v1::CONTAINER_EXITED;
    case ContainerPhase::kUnknown:
      break;
  }
  return v1::CONTAINER_UNKNOWN;
}

}  // namespace

absl::string_view ReasonOf(const ContainerExit& exit) {
  if (!exit.reason.empty()) {
    return exit.reason;
  }
  if (exit.record.oom_killed) {
    return "OOMKilled";
  }
  return exit.record.exit_code == 0 ? "Completed" : "Error";
}

Container::Container(ContainerRecord record, std::shared_ptr<Pod> pod)
    : id_(std::move(record.id)),
      pod_(std::move(pod)),
      cgroup_(absl::StrCat(pod_->cgroup(), "/", id_)),
      image_(std::move(record.image)),
      metadata_(record.config.metadata()),
      created_at_(record.created_at),
      log_path_(std::move(record.log_path)),
      uid_(record.uid),
      gid_(record.gid),
      groups_(std::move(record.groups)),
      stop_signal_(record.stop_signal),
      config_(std::make_shared<const v1::ContainerConfig>(std::move(record.config))),
      state_(std::move(record.state)),
      start_reported_(state_.phase != ContainerPhase::kCreated) {}

ContainerState Container::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

absl::Status Container::CheckRunning() const {
  return running()
             ? absl::OkStatus()
             : absl::FailedPreconditionError(absl::StrCat("container ", id_, " is not running"));
}

bool Container::has_process() const {
  const ContainerPhase phase = state().phase;
  return phase == ContainerPhase::kRunning || phase == ContainerPhase::kUnknown;
}

ContainerSnapshot Container::Snapshot() const {
  ContainerSnapshot snapshot;
  std::shared_ptr<const v1::ContainerConfig> config;
  ContainerState state;
  {
    absl::MutexLock lock(&mutex_);
    config = config_;
    state = state_;
  }
  snapshot.id = id_;
  snapshot.pod_id = pod_id();
  snapshot.config = *config;
  snapshot.image = image_;
  snapshot.state = ToCri(state.phase);
  snapshot.created_at = created_at_;
  snapshot.started_at = state.started_at;
  snapshot.finished_at = state.finished_at;
  snapshot.exit_code = state.exit_code;
  snapshot.reason = std::move(state.reason);
  snapshot.message = std::move(state.message);
  snapshot.log_path = log_path_;
  snapshot.pid = state.pid;
  snapshot.uid = uid_;
  snapshot.gid = gid_;
  snapshot.groups = groups_;
  snapshot.stop_signal = stop_signal_;
  *snapshot.resources.mutable_linux() = config->linux().resources();
  return snapshot;
}

void Container::Advance(ContainerPhase phase) {
  state_.phase = phase;
  ++state_.version;
}

absl::Status Container::BeginStart() {
  absl::MutexLock lock(&mutex_);
  const bool is_created = state_.phase == ContainerPhase::kCreated;
  const bool has_starter = starter_ != Starter::kNone;
  if (!is_created || has_starter || removing_) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", id_, " is ",
                     removing_                   ? "being removed"
                     : is_created && has_starter ? "being started"
                                                 : v1::ContainerState_Name(ToCri(state_.phase)),
                     ", not CONTAINER_CREATED"));
  }
  starter_ = Starter::kAtWork;
  return absl::OkStatus();
}

void Container::FinishStart() {
  absl::MutexLock lock(&mutex_);
  starter_ = Starter::kNone;
}

void Container::CancelStart() {
  absl::MutexLock lock(&mutex_);
  if (starter_ == Starter::kAtWork) {
    starter_ = Starter::kCancelled;
  }
}

bool Container::start_is_cancelled() const {
  absl::MutexLock lock(&mutex_);
  return starter_ == Starter::kCancelled;
}

absl::Status Container::EndStart(const Call& call) {
  CancelStart();
  absl::MutexLock lock(&mutex_);
  auto has_none = [this]()
                      ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return starter_ == Starter::kNone; };
  return Annotate(Await(mutex_, absl::Condition(&has_none), call),
                  absl::StrCat("end the start of container ", id_));
}

std::optional<ContainerState> Container::MarkRunning(int32_t pid, int64_t started_at) {
  absl::MutexLock lock(&mutex_);
  if (state_.phase == ContainerPhase::kExited) {
    return std::nullopt;
  }
  state_.pid = pid;
  state_.started_at = started_at;
  Advance(ContainerPhase::kRunning);
  return state_;
}

std::optional<ContainerState> Container::MarkExited(const ContainerExit& exit) {
  absl::MutexLock lock(&mutex_);
  if (state_.phase == ContainerPhase::kExited) {
    return std::nullopt;
  }
  if (exit.record.started_at != 0) {
    state_.started_at = exit.record.started_at;
  }
  state_.finished_at = std::max(exit.record.finished_at, state_.started_at);
  state_.exit_code = exit.record.exit_code;
  state_.reason = std::string(ReasonOf(exit));
  state_.message = ValidUtf8(exit.message);
  if (starter_ == Starter::kCancelled && state_.started_at == 0) {
    state_.reason = kStartError;
    state_.message = kStoppedWhileStarting;
  }
  state_.pid = 0;
  Advance(ContainerPhase::kExited);
  return state_;
}

bool Container::BeginStartReport() {
  absl::MutexLock lock(&mutex_);
  return !std::exchange(start_reported_, true);
}

std::optional<ContainerState> Container::MarkUnknown() {
  absl::MutexLock lock(&mutex_);
  if (state_.phase != ContainerPhase::kRunning) {
    return std::nullopt;
  }
  Advance(ContainerPhase::kUnknown);
  return state_;
}

void Container::BeginRemoval() {
  absl::MutexLock lock(&mutex_);
  removing_ = true;
}

v1::ContainerConfig Container::config() const {
  absl::MutexLock lock(&mutex_);
  return *config_;
}

void Container::SetResources(const v1::LinuxContainerResources& resources) {
  auto changed = std::make_shared<v1::ContainerConfig>(config());
  *changed->mutable_linux()->mutable_resources() = resources;
  absl::MutexLock lock(&mutex_);
  config_ = std::move(changed);
}

void Container::RequestKill(absl::Time kill_at) {
  absl::MutexLock lock(&mutex_);
  kill_at_ = std::min(kill_at_, kill_at);
}

bool Container::RequestStop(absl::Time kill_at) {
  RequestKill(kill_at);
  absl::MutexLock lock(&mutex_);
  return !std::exchange(stop_is_signalled_, true);
}

absl::Time Container::kill_at() const {
  absl::MutexLock lock(&mutex_);
  return kill_at_;
}

bool Container::WaitStarted(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  auto is_settled = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return state_.phase != ContainerPhase::kRunning || state_.started_at != 0;
  };
  return AwaitUntil(mutex_, absl::Condition(&is_settled), deadline);
}

bool Container::WaitExited(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  auto has_exited = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return state_.phase == ContainerPhase::kExited;
  };
  return AwaitUntil(mutex_, absl::Condition(&has_exited), deadline);
}

void Container::Abandon() {
  absl::MutexLock lock(&mutex_);
  abandoned_ = true;
}

bool Container::Claim() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(abandoned_, false);
}

}  // namespace berth::runtime
