// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_rotator.h"

#include <errno.h>
#include <fcntl.h>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "base/sys/inode.h"
#include "base/thread.h"
#include "cri/log_limit.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(1);
constexpr int kRoundsOfPods = 5;  // each copies what is known of all containers
constexpr int64_t kFilesOfPods = 2;
constexpr absl::Duration kReopenTimeout = absl::Seconds(10);

}  // namespace

std::optional<LimitedLog> LimitOf(const runtime::ContainerSnapshot& container) {
  const auto& annotations = container.config.annotations();
  const auto found = annotations.find(std::string(kLogLimit));
  LimitedLog log = {container.id, container.log_path, 0, kFilesOfPods};
  if (found == annotations.end() || !absl::SimpleAtoi(found->second, &log.max_size) ||
      log.max_size <= 0 || log.path.empty() || container.state != runtime::v1::CONTAINER_RUNNING) {
    return std::nullopt;
  }
  return log;
}

LogRotator::LogRotator(ContainerEngine& engine, runtime::PodRuntime& runtime)
    : engine_(engine),
      runtime_(runtime),
      thread_(StartLastingThread("log-rotator", [this] { Loop(); })) {}

LogRotator::~LogRotator() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

void LogRotator::Loop() {
  for (int round = 0;; ++round) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&ending_), kPeriod)) {
        return;
      }
    }
    RotateDue(engine_.LimitedLogs());
    if (round % kRoundsOfPods == 0) {
      RotateDue(LogsOfPods());
    }
  }
}

std::vector<LimitedLog> LogRotator::LogsOfPods() const {
  std::vector<LimitedLog> logs;
  for (const runtime::ContainerSnapshot& container : runtime_.Containers()) {
    if (std::optional<LimitedLog> log = LimitOf(container); log.has_value()) {
      logs.push_back(*std::move(log));
    }
  }
  return logs;
}

void LogRotator::RotateDue(const std::vector<LimitedLog>& logs) {
  for (const LimitedLog& log : logs) {
    const auto reopen = [&] {
      return runtime_.ReopenLog(Call::WithTimeout(kReopenTimeout), log.id);
    };
    const sys::ErrnoOr<struct stat> status = sys::StatAt(AT_FDCWD, log.path.c_str(), 0);
    if (!status.ok() && status.error().code == ENOENT) {  // a daemon was killed in a rotation
      LogIfError(reopen(), "a container's log is not opened again");
    } else if (status.ok() && status->st_size >= log.max_size) {
      LogIfError(engine_.log_files().Rotate(log.path, log.max_files, reopen),
                 "a container's log is not rotated");
    }
  }
}

}  // namespace berth::cri
