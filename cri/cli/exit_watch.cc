// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/exit_watch.h"

#include <poll.h>

#include <optional>

#include "absl/time/clock.h"

#include "base/json.h"
#include "base/status.h"
#include "base/sys/process.h"

namespace berth::cli {
namespace {

pid_t PidIn(const v1::ContainerStatusResponse& response) {
  return static_cast<pid_t>(JsonInteger(InfoIn(response), "pid").value_or(0));
}

bool IsOver(const v1::ContainerStatus& status) {
  return status.state() == v1::CONTAINER_EXITED || status.state() == v1::CONTAINER_UNKNOWN;
}

}  // namespace

absl::StatusOr<ExitWatch> ExitWatch::Open(const Client& client, const std::string& container_id) {
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse before, client.ContainerStatus(container_id));
  const pid_t pid = IsOver(before.status()) ? 0 : PidIn(before);
  if (pid <= 0) {
    return ExitWatch(client, container_id, sys::Fd());
  }
  sys::ErrnoOr<sys::Fd> process = sys::OpenProcess(pid);
  // Asked again: only if it still runs under this number is the descriptor the container's.
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse after, client.ContainerStatus(container_id));
  if (!process.ok() || IsOver(after.status()) || PidIn(after) != pid) {
    return ExitWatch(client, container_id, sys::Fd());
  }
  return ExitWatch(client, container_id, *std::move(process));
}

absl::StatusOr<std::optional<v1::ContainerStatus>> ExitWatch::Ended() {
  ASSIGN_OR_RETURN(v1::ContainerStatusResponse response, client_.ContainerStatus(id_));
  if (!IsOver(response.status())) {
    return std::optional<v1::ContainerStatus>();
  }
  return std::optional<v1::ContainerStatus>(std::move(*response.mutable_status()));
}

absl::StatusOr<v1::ContainerStatus> ExitWatch::Await() {
  constexpr absl::Duration kBetween = absl::Milliseconds(20);
  while (true) {
    absl::StatusOr<std::optional<v1::ContainerStatus>> ended = Ended();
    if (!ended.ok() && !absl::IsUnavailable(ended.status())) {
      return ended.status();
    }
    if (ended.ok() && ended->has_value()) {
      return **std::move(ended);
    }
    pollfd wait = {.fd = fd(), .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, kAskAgainMs) > 0) {
      absl::SleepFor(kBetween);  // the daemon learns of it a moment later
    }
  }
}

}  // namespace berth::cli
