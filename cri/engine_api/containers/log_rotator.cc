// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_rotator.h"

#include <errno.h>
#include <fcntl.h>

#include "absl/time/time.h"

#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(1);
constexpr absl::Duration kReopenTimeout = absl::Seconds(10);

}  // namespace

LogRotator::LogRotator(ContainerEngine& engine, runtime::PodRuntime& runtime)
    : engine_(engine), runtime_(runtime), thread_([this] { Loop(); }) {}

LogRotator::~LogRotator() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

void LogRotator::Loop() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&ending_), kPeriod)) {
        return;
      }
    }
    RotateDue();
  }
}

void LogRotator::RotateDue() {
  for (const LimitedLog& log : engine_.LimitedLogs()) {
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
