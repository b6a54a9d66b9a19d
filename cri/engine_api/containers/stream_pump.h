// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "runtime/process_session.h"

namespace berth::cri {

inline constexpr size_t kMaxPumped = 1 << 20;                     // bytes that wait for a client
inline constexpr absl::Duration kMaxUnreadTime = absl::Hours(1);  // for which it may take none

// For how long the first bytes wait until the client has read the head of the answer: docker-py
// loses what it reads together with that.
inline constexpr absl::Duration kMaxHeadUnread = absl::Milliseconds(100);

enum class OutputStream : uint8_t { kOut = 1, kError = 2 };

// What goes before each piece of output where there is no terminal: the stream, three zeros and the
// size, big-endian. Pure.
std::string FrameHead(OutputStream stream, size_t size);

// The types of such streams, with heads and without.
inline constexpr char kFramedStream[] = "application/vnd.docker.multiplexed-stream";
inline constexpr char kRawStream[] = "application/vnd.docker.raw-stream";

// A client whose connection has become a stream of bytes.
struct PumpClient {
  int socket = -1;
  std::string early;             // what it has sent already
  bool framed = false;           // its output has heads
  bool input = false;            // what it sends goes to the process
  bool until_exit = false;       // it stays until the process has ended
  std::string detach_keys = {};  // by which it leaves; empty: none
  absl::Duration patience = kMaxUnreadTime;
};

struct PumpEnd {
  std::optional<absl::StatusOr<int32_t>> exit;  // what the process has ended with, if that is known
  bool left = false;                            // the client has, by its keys
  sys::Fd output, error;                        // what has not ended
};

// Ends once the client's connection does; one that only sends no more is still there.
Call CallOf(int socket);

// Waits until the client has read all that it was sent, kMaxHeadUnread at most.
void AwaitHeadRead(int socket);

// Carries bytes between a client and a process until the process's output has ended, or the client
// is gone, for which it is taken when it reads nothing for as long as its `patience`, though there
// is something for it. After the process's exit output is awaited until it has paused for two
// seconds: who was left behind may hold it for ever. For one thread; blocks.
PumpEnd PumpStreams(runtime::ProcessSession& session, PumpClient client);

}  // namespace berth::cri
