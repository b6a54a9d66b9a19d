// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/clock.h"
#include "runtime/process_session.h"

namespace berth::runtime {

inline constexpr absl::Duration kReadTime = absl::Seconds(10);

// What comes until `text` is in it, the stream ends or the time is up.
inline std::string ReadUntil(int fd, const std::string& text) {
  const absl::Time deadline = SteadyNow() + kReadTime;
  std::string all;
  while (text.empty() || all.find(text) == std::string::npos) {
    pollfd entry = {fd, POLLIN, 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - SteadyNow());
    if (left <= 0 || poll(&entry, 1, static_cast<int>(left)) < 1) {
      ADD_FAILURE() << "no more came than: " << all;
      return all;
    }
    char buffer[4096];
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size > 0) {
      all.append(buffer, static_cast<size_t>(size));
    } else if (size == 0 || errno == EIO) {
      return all;
    }
  }
  return all;
}

inline std::string ReadToEnd(int fd) {
  return ReadUntil(fd, "");
}

// -1 when the shim is gone or nothing is told.
inline int AwaitExit(ProcessSession& session) {
  pollfd entry = {session.event_fd(), POLLIN, 0};
  while (poll(&entry, 1, static_cast<int>(absl::ToInt64Milliseconds(kReadTime))) == 1) {
    if (auto exit = session.Exit(); exit.has_value()) {
      return exit->value_or(-1);
    }
  }
  return -1;
}

}  // namespace berth::runtime
