// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_output.h"

#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::cli {
namespace {

bool IsSaidSince(absl::Time since, absl::string_view time) {
  absl::Time at;
  return since == absl::InfinitePast() ||
         (absl::ParseTime(absl::RFC3339_full, time, &at, nullptr) && at >= since);
}

}  // namespace

absl::StatusOr<ContainerOutput> ContainerOutput::Open(const Client& client,
                                                      const std::string& container_id,
                                                      const OutputChoice& choice) {
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse status, client.ContainerStatus(container_id));
  const std::string& path = status.status().log_path();
  if (path.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", status.status().metadata().name(),
                     " keeps no log: its client named none when it made it"));
  }
  ASSIGN_OR_RETURN(LogFollower log, LogFollower::Open(path, choice.tail, choice.span.until));
  ASSIGN_OR_RETURN(ExitWatch exit, ExitWatch::Open(client, container_id));
  return ContainerOutput(std::move(log), std::move(exit), choice);
}

void ContainerOutput::Write(const LogRecord& record) {
  if (!IsSaidSince(choice_.span.since, record.time)) {
    return;
  }
  FILE* file = record.to_stderr ? stderr : stdout;
  if (record.to_stderr != last_to_stderr_) {  // both may lead to one place: keep the log's order
    fflush(last_to_stderr_ ? stderr : stdout);
    last_to_stderr_ = record.to_stderr;
  }
  bool& begins = line_begins_[record.to_stderr ? 1 : 0];
  if (choice_.timestamps && begins) {
    fwrite(record.time.data(), 1, record.time.size(), file);
    fputc(' ', file);
  }
  fwrite(record.text.data(), 1, record.text.size(), file);
  if (!record.partial) {
    fputc('\n', file);
  }
  begins = !record.partial;
}

absl::Status ContainerOutput::Show() {
  RETURN_IF_ERROR(log_.Drain([this](const LogRecord& record) { Write(record); }));
  fflush(stdout);
  return absl::OkStatus();
}

absl::Status ContainerOutput::ShowWhatComes(const SignalSource& signals) {
  while (true) {
    if (exit_.fd() < 0) {  // it may have ended before it could be watched
      ASSIGN_OR_RETURN(const std::optional<v1::ContainerStatus> ended, exit_.Ended());
      if (ended.has_value()) {
        return absl::OkStatus();
      }
    }
    RETURN_IF_ERROR(Show());
    if (log_.is_over()) {
      return absl::OkStatus();
    }
    pollfd waits[] = {{.fd = exit_.fd(), .events = POLLIN, .revents = 0},
                      {.fd = log_.fd(), .events = POLLIN, .revents = 0},
                      {.fd = signals.fd, .events = POLLIN, .revents = 0}};
    poll(waits, std::size(waits), kAskAgainMs);
    if ((waits[2].revents & POLLIN) != 0) {
      signals.take();
    }
    if ((waits[0].revents & POLLIN) != 0) {
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<v1::ContainerStatus> ContainerOutput::ShowLastWords() {
  ASSIGN_OR_RETURN(v1::ContainerStatus status, exit_.Await());
  RETURN_IF_ERROR(Show());
  return status;
}

absl::Status ContainerOutput::Follow() {
  RETURN_IF_ERROR(ShowWhatComes({}));
  return log_.is_over() ? absl::OkStatus() : ShowLastWords().status();
}

absl::StatusOr<v1::ContainerStatus> ContainerOutput::FollowToEnd(const SignalSource& signals) {
  RETURN_IF_ERROR(ShowWhatComes(signals));
  return ShowLastWords();
}

}  // namespace berth::cli
