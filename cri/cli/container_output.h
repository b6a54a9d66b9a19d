// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cri/cli/client.h"
#include "cri/cli/exit_watch.h"
#include "cri/cli/interrupts.h"
#include "cri/cli/log_follower.h"

namespace berth::cli {

// What of a log is wanted, by when it was said.
struct LogSpan {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
};

struct OutputChoice {
  int64_t tail = -1;  // as LogFollower
  bool timestamps = false;
  LogSpan span = {};
};

// What a container writes, from its log to our stdout and stderr. Not thread-safe.
class ContainerOutput {
 public:
  // FailedPrecondition when the container has no log.
  static absl::StatusOr<ContainerOutput> Open(const Client& client, const std::string& container_id,
                                              const OutputChoice& choice = {});

  // What is there now.
  absl::Status Show();

  // All until the container has ended, or has said something after the span.
  absl::Status Follow();

  // All until the container has ended; its last status.
  absl::StatusOr<v1::ContainerStatus> FollowToEnd(const SignalSource& signals = {});

 private:
  ContainerOutput(LogFollower log, ExitWatch exit, const OutputChoice& choice)
      : log_(std::move(log)), exit_(std::move(exit)), choice_(choice) {}

  void Write(const LogRecord& record);
  // Shows what is said until the container ends, or the span; not yet its last words.
  absl::Status ShowWhatComes(const SignalSource& signals);
  absl::StatusOr<v1::ContainerStatus> ShowLastWords();

  LogFollower log_;
  ExitWatch exit_;
  OutputChoice choice_;
  bool last_to_stderr_ = false;
  bool line_begins_[2] = {true, true};  // of stdout, of stderr
};

}  // namespace berth::cli
