// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_rotator.h"

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mount_table.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/thread.h"
#include "cri/engine_api/containers/log_pace.h"
#include "cri/log_limit.h"

namespace berth::cri {
namespace {

constexpr int kRotators = LookQueue::kThreadsOfOne + 1;
constexpr int64_t kFilesOfPods = 2;
constexpr absl::Duration kReopenTimeout = absl::Seconds(2);
constexpr absl::Duration kLearnPeriod = absl::Seconds(10);  // for events that were lost
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLastRetry = absl::Minutes(1);
constexpr int kMostDoublings = 6;

absl::Duration RetryPause(int failures) {
  return std::min(kFirstRetry * (1 << std::min(failures - 1, kMostDoublings)), kLastRetry);
}

// Until it is looked whether one is still busy that has been so for that long.
absl::Duration PauseOfBusy(absl::Duration busy) {
  return std::clamp(busy, kShortestLogPause, kFirstRetry);
}

}  // namespace

std::optional<LimitedLog> LimitOf(const runtime::ContainerSnapshot& container) {
  const auto& annotations = container.config.annotations();
  const auto found = annotations.find(std::string(kLogLimit));
  LimitedLog log = {container.id, container.log_path, 0, kFilesOfPods};
  if (found == annotations.end() || !absl::SimpleAtoi(found->second, &log.max_size) ||
      log.max_size <= 0 || log.path.empty()) {
    return std::nullopt;
  }
  return log;
}

LogRotator::LogRotator(ContainerEngine& engine, runtime::PodRuntime& runtime)
    : engine_(engine),
      runtime_(runtime),
      events_(runtime.SubscribeToEvents()),
      rotators_("log-rotate", kRotators, ThreadPool::Life::kProgram),
      thread_(StartLastingThread("log-rotator", [this] { Loop(); })) {}

LogRotator::~LogRotator() {
  ending_ = true;
  thread_.join();
}

void LogRotator::Loop() {
  absl::Time learn = absl::InfinitePast();
  while (!ending_) {
    if (SteadyNow() >= learn) {
      LearnAll();
      learn = SteadyNow() + kLearnPeriod;
    }
    Locate();
    TellSilent();
    const Call call(std::min(LookAtDue(), learn), [this] { return ending_.load(); });
    if (const auto event = events_->Take(call); event.ok()) {
      Learn(**event);
    }
  }
}

std::optional<LimitedLog> LogRotator::LogOf(const runtime::ContainerSnapshot& container) const {
  if (container.state != runtime::v1::CONTAINER_RUNNING) {
    return std::nullopt;
  }
  const std::optional<LimitedLog> of_engine = engine_.LogLimit(container.id);
  return of_engine.has_value() ? of_engine : LimitOf(container);
}

void LogRotator::LearnAll() {
  std::map<std::string, Watched> found;
  for (const runtime::ContainerSnapshot& container : runtime_.Containers()) {
    if (std::optional<LimitedLog> log = LogOf(container); log.has_value()) {
      found[container.id] = {.log = *std::move(log), .looked = SteadyNow(), .due = SteadyNow()};
    }
  }
  absl::MutexLock lock(&mutex_);
  for (auto& [id, watched] : watched_) {
    if (const auto still = found.find(id); still != found.end()) {
      still->second = std::move(watched);
    }
  }
  watched_ = std::move(found);
}

void LogRotator::Learn(const runtime::ContainerEvent& event) {
  for (const runtime::ContainerSnapshot& container : event.containers) {
    if (container.id != event.id) {
      continue;
    }
    std::optional<LimitedLog> log = LogOf(container);
    absl::MutexLock lock(&mutex_);
    if (!log.has_value()) {
      watched_.erase(container.id);
    } else {
      watched_.try_emplace(
          container.id, Watched{.log = *std::move(log), .looked = SteadyNow(), .due = SteadyNow()});
    }
  }
}

void LogRotator::Locate() {
  std::map<std::string, std::string> filesystems;  // by the log's path
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, watched] : watched_) {
      if (watched.filesystem.empty()) {
        filesystems.try_emplace(watched.log.path);
      }
    }
  }
  if (filesystems.empty()) {
    return;
  }
  const absl::StatusOr<std::string> table = ReadMountinfo("self");
  LogIfError(table.status(), "logs are on filesystems that are not known");
  const std::vector<MountEntry> mounts = ParseMountTable(table.value_or(""));
  for (auto& [path, filesystem] : filesystems) {
    filesystem = FilesystemOf(mounts, path);
  }
  absl::MutexLock lock(&mutex_);
  for (auto& [id, watched] : watched_) {
    if (const auto found = filesystems.find(watched.log.path); found != filesystems.end()) {
      watched.filesystem = found->second;
    }
  }
}

void LogRotator::TellSilent() {
  std::vector<LimitedLog> silent;
  {
    absl::MutexLock lock(&mutex_);
    silent = queue_.TakeSilent(SteadyNow());
  }
  for (const LimitedLog& log : silent) {
    LogWarning("a container's log is not rotated: its filesystem does not answer",
               {{"container", log.id}, {"path", log.path}});
  }
}

absl::Time LogRotator::LookAtDue() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = SteadyNow();
  absl::Time next = absl::InfiniteFuture();
  for (auto& [id, watched] : watched_) {
    if (!queue_.Has(id) && watched.due <= now) {
      watched.due = now;
      if (queue_.Add(watched.log, watched.filesystem)) {
        rotators_.Schedule([this, filesystem = watched.filesystem] { Serve(filesystem); });
      }
    }
    next = std::min(next, queue_.Has(id) ? now + PauseOfBusy(now - watched.due) : watched.due);
  }
  return next;
}

void LogRotator::Serve(const std::string& filesystem) {
  while (const std::optional<LimitedLog> log = Next(filesystem)) {
    LookAt(*log);
    absl::MutexLock lock(&mutex_);
    queue_.End(log->id);
  }
}

std::optional<LimitedLog> LogRotator::Next(const std::string& filesystem) {
  absl::MutexLock lock(&mutex_);
  return queue_.Take(filesystem, SteadyNow());
}

// The files of pods are on whatever filesystem the kubelet has them on: no lock is held for them.
void LogRotator::LookAt(const LimitedLog& log) {
  if (!ending_ && Note(log, sys::StatAt(AT_FDCWD, log.path.c_str(), 0))) {
    Rotate(log);
  }
}

bool LogRotator::Note(const LimitedLog& log, const sys::ErrnoOr<struct stat>& file) {
  const absl::Time now = SteadyNow();
  const int64_t size = file.ok() ? file->st_size : 0;
  const bool is_missing = !file.ok() && file.error().code == ENOENT;
  absl::MutexLock lock(&mutex_);
  const auto found = watched_.find(log.id);
  if (found == watched_.end()) {
    return false;  // the container has ended meanwhile
  }
  if (is_missing || size >= log.max_size) {
    return true;
  }
  Watched& watched = found->second;
  const absl::Duration pause =
      PauseBeforeLook({.size = size, .grown = size - watched.size, .in = now - watched.looked},
                      log.max_size, watched_.size());
  watched.size = size;
  watched.looked = now;
  watched.due = TogetherWithOthers(now + pause, pause);
  return false;
}

void LogRotator::Rotate(const LimitedLog& log) {
  const absl::Status rotated = engine_.log_files().Rotate(log.path, log.max_files, [&] {
    return runtime_.ReopenLog(Call::WithTimeout(kReopenTimeout), log.id);
  });
  const absl::Time now = SteadyNow();
  absl::MutexLock lock(&mutex_);
  const auto found = watched_.find(log.id);
  if (found == watched_.end()) {
    return;  // the container has ended meanwhile
  }
  LogIfError(rotated, "a container's log is not rotated");
  Watched& watched = found->second;
  watched.failures = rotated.ok() ? 0 : watched.failures + 1;
  watched.size = 0;
  watched.looked = now;
  watched.due = now + (rotated.ok() ? kShortestLogPause : RetryPause(watched.failures));
}

}  // namespace berth::cri
