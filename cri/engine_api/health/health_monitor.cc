// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/health/health_monitor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/clock.h"
#include "base/status.h"
#include "base/thread.h"

namespace berth::cri {
namespace {

constexpr int kStarters = 4;
constexpr int32_t kNoExitCode = -1;
constexpr absl::Duration kMinPause = absl::Milliseconds(100);  // between two probes

bool IsProbed(const EngineContainerRecord& record) {
  return record.state.running() && record.state.health.status != HealthStatus::kNone;
}

// A time of SteadyNow(): a pause after the last probe, or the start. What is on record may lie
// ahead of the wall clock, if that was set meanwhile.
absl::Time NextDue(const EngineContainerRecord& record) {
  const HealthState& health = record.state.health;
  const int64_t last = health.log.empty() ? record.state.started_at : health.log.back().end;
  const HealthSpec spec = ParseHealth(record.config).value_or(HealthSpec());
  const absl::Duration pause = ProbePause(spec, record.state.started_at, last, health);
  const absl::Duration past = absl::Now() - absl::FromUnixNanos(last);
  return SteadyNow() + pause - std::clamp(past, absl::ZeroDuration(), pause);
}

// What a probe that ended with `exit` is on record as.
Probe ProbeOf(int64_t start, const HealthSpec& spec, const absl::StatusOr<int32_t>& exit,
              std::string output) {
  Probe probe = {start, absl::GetCurrentTimeNanos(), exit.value_or(kNoExitCode), std::move(output)};
  if (absl::IsDeadlineExceeded(exit.status())) {
    probe.output =
        absl::StrCat("Health check exceeded timeout (", absl::FormatDuration(spec.timeout), ")",
                     probe.output.empty() ? "" : ": ", probe.output);
  } else if (!exit.ok()) {
    probe.output = std::string(exit.status().message());
  }
  return probe;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HealthMonitor>> HealthMonitor::Start(ContainerEngine& engine,
                                                                    runtime::PodRuntime& runtime,
                                                                    EventHub& events) {
  ASSIGN_OR_RETURN(std::unique_ptr<SessionKeeper> keeper, SessionKeeper::Start());
  return std::unique_ptr<HealthMonitor>(
      new HealthMonitor(engine, runtime, events, std::move(keeper)));
}

HealthMonitor::HealthMonitor(ContainerEngine& engine, runtime::PodRuntime& runtime,
                             EventHub& events, std::unique_ptr<SessionKeeper> keeper)
    : engine_(engine),
      runtime_(runtime),
      events_(events),
      keeper_(std::move(keeper)),
      starters_(std::make_unique<ThreadPool>("health", kStarters, ThreadPool::Life::kProgram)),
      thread_(StartLastingThread("health-checks", [this] { Loop(); })) {}

HealthMonitor::~HealthMonitor() {
  ending_ = true;
  thread_.join();
  starters_.reset();  // they hand over to the keeper
  keeper_.reset();
}

void HealthMonitor::Learn(const std::string& id) {
  const absl::StatusOr<EngineContainerRecord> record = engine_.Find(id);
  absl::MutexLock lock(&mutex_);
  if (!record.ok() || !IsProbed(*record)) {
    watched_.erase(id);
  } else if (watched_[id].started_at != record->state.started_at) {
    watched_[id] = {record->state.started_at, NextDue(*record)};
  }
}

void HealthMonitor::LearnAll() {
  std::vector<std::string> ids;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, watched] : watched_) {
      ids.push_back(id);
    }
  }
  for (const EngineContainerRecord& record : engine_.All()) {
    ids.push_back(record.id);
  }
  for (const std::string& id : ids) {
    Learn(id);
  }
}

bool HealthMonitor::SomeDue() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = SteadyNow();
  return std::any_of(watched_.begin(), watched_.end(),
                     [now](const auto& each) { return each.second.due <= now; });
}

absl::Time HealthMonitor::StartDue() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = SteadyNow();
  absl::Time next = absl::InfiniteFuture();
  for (auto& [id, watched] : watched_) {
    if (watched.due <= now) {
      watched.due = absl::InfiniteFuture();
      starters_->Schedule(
          [this, id = id, started_at = watched.started_at] { StartProbe(id, started_at); });
    }
    next = std::min(next, watched.due);
  }
  return next;
}

void HealthMonitor::Loop() {
  uint64_t from = events_.next();
  LearnAll();
  while (!ending_) {
    const Call call(StartDue(), [this] { return ending_ || SomeDue(); });
    const absl::StatusOr<EventHub::Batch> batch = events_.Take(call, from);
    if (!batch.ok()) {
      continue;
    }
    if (batch->next - from != batch->events.size()) {  // some were missed
      LearnAll();
    } else {
      for (const EngineEvent& event : batch->events) {
        if (event.action == "start" || event.action == "die" || event.action == "destroy") {
          Learn(event.actor);
        }
      }
    }
    from = batch->next;
  }
}

void HealthMonitor::SetDue(const std::string& id, int64_t started_at, absl::Time due) {
  absl::MutexLock lock(&mutex_);
  const auto found = watched_.find(id);
  if (found != watched_.end() && found->second.started_at == started_at) {
    found->second.due = due;
  }
}

void HealthMonitor::StartProbe(const std::string& id, int64_t started_at) {
  const absl::StatusOr<EngineContainerRecord> record = engine_.Find(id);
  if (!record.ok() || !record->state.running()) {
    return;  // its end is about to be learned of
  }
  const HealthSpec spec = ParseHealth(record->config).value_or(HealthSpec());
  if (record->state.paused()) {
    return SetDue(id, started_at, SteadyNow() + spec.interval);
  }
  const int64_t start = absl::GetCurrentTimeNanos();
  const Call call(SteadyNow() + spec.timeout, [this] { return ending_.load(); });
  auto session =
      runtime_.Exec(call, id, {.arguments = spec.command}, {.output = true, .error = true});
  const auto finish = [this, id, started_at, spec, start](const absl::StatusOr<int32_t>& exit,
                                                          std::string output) {
    if (absl::IsUnavailable(exit.status())) {  // the container has ended, or its shim was not heard
      return SetDue(id, started_at, SteadyNow() + spec.interval);
    }
    FinishProbe(id, started_at, ProbeOf(start, spec, exit, std::move(output)));
  };
  if (absl::IsFailedPrecondition(session.status())) {  // it was paused just now, or it has ended
    return SetDue(id, started_at, SteadyNow() + spec.interval);
  }
  if (absl::IsCancelled(session.status())) {
    return;  // we end
  }
  if (!session.ok()) {
    return finish(session.status(), "");
  }
  sys::Fd output = (*session)->TakeOutput();
  sys::Fd error = (*session)->TakeError();
  keeper_->Keep({.session = *std::move(session),
                 .output = std::move(output),
                 .error = std::move(error),
                 .max_output = kMaxProbeOutput,
                 .deadline = call.deadline(),
                 .done = finish});
}

void HealthMonitor::FinishProbe(const std::string& id, int64_t started_at, const Probe& probe) {
  engine_.NoteHealth(id, started_at, probe);
  const absl::StatusOr<EngineContainerRecord> record = engine_.Find(id);
  if (record.ok()) {
    // What could not be put on record is no reason to probe without a pause.
    SetDue(id, started_at, std::max(NextDue(*record), SteadyNow() + kMinPause));
  }
}

}  // namespace berth::cri
