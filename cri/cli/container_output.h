// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/exit_watch.h"
#include "cri/cli/log_follower.h"

namespace berth::cli {

// Signals that this process has got, to be acted upon while output is followed.
struct SignalSource {
  int fd = -1;  // eventfd that counts them
  std::function<void()> on_signal;
};

// What a container writes, from its log to our stdout and stderr. Not thread-safe.
class ContainerOutput {
 public:
  // `tail`: as LogFollower. FailedPrecondition when the container has no log.
  static absl::StatusOr<ContainerOutput> Open(const Client& client, const std::string& container_id,
                                              int64_t tail, bool timestamps);

  // What is there now.
  absl::Status Show();

  // All until the container has ended; its last status.
  absl::StatusOr<v1::ContainerStatus> FollowToEnd(const SignalSource& signals = {});

 private:
  ContainerOutput(LogFollower log, ExitWatch exit, bool timestamps)
      : log_(std::move(log)), exit_(std::move(exit)), timestamps_(timestamps) {}

  void Write(const LogRecord& record);

  LogFollower log_;
  ExitWatch exit_;
  bool timestamps_;
  bool last_to_stderr_ = false;
  bool line_begins_[2] = {true, true};  // of stdout, of stderr
};

}  // namespace berth::cli
