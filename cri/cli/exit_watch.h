// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "cri/cli/client.h"

namespace berth::cli {

// Tells when a container has ended.
class ExitWatch {
 public:
  // NotFound when there is no such container.
  static absl::StatusOr<ExitWatch> Open(const Client& client, const std::string& container_id);

  // Readable when the container's process has ended; -1 when that cannot be told here (the daemon
  // runs in another PID namespace) and Ended must be asked from time to time.
  int fd() const { return process_.get(); }

  // The container's status once it is exited; without a state before that.
  absl::StatusOr<std::optional<v1::ContainerStatus>> Ended();

  // Blocks until it has ended. The daemon may be restarted meanwhile.
  absl::StatusOr<v1::ContainerStatus> Await();

 private:
  ExitWatch(const Client& client, std::string id, sys::Fd process)
      : client_(client), id_(std::move(id)), process_(std::move(process)) {}

  const Client& client_;
  std::string id_;
  sys::Fd process_;
};

// How long to wait on fd() before asking again.
inline constexpr int kAskAgainMs = 1000;

}  // namespace berth::cli
