// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "cri/streaming/asio.h"

namespace berth::cri {

// A connect in progress.
class PendingConnect {
 public:
  virtual ~PendingConnect() = default;
  // Gives it up: `done` gets an error.
  virtual void Drop() = 0;
};

// Connects to `port` of the loopback addresses of the network namespace that the sockets are of,
// with one after the other: an IPv4 socket to 127.0.0.1, an IPv6 one to ::1. Calls `done` once, on
// the loop's thread, with the first that is connected, or with the first error.
std::shared_ptr<PendingConnect> ConnectToLoopback(
    asio::io_context& loop, std::vector<sys::Fd> sockets, uint16_t port,
    std::function<void(absl::StatusOr<sys::Fd>)> done);

}  // namespace berth::cri
