// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/process_session.h"

namespace berth::cri {

inline constexpr size_t kMaxPumped = 1 << 20;  // bytes that wait for a client

enum class OutputStream : uint8_t { kOut = 1, kError = 2 };

// What goes before each piece of output where there is no terminal: the stream, three zeros and the
// size, big-endian. Pure.
std::string FrameHead(OutputStream stream, size_t size);

// A client whose connection has become a stream of bytes.
struct PumpClient {
  int socket = -1;
  std::string early;    // what it has sent already
  bool framed = false;  // its output has heads
  bool input = false;   // what it sends goes to the process
};

// Ends once the client's connection does; one that only sends no more is still there.
Call CallOf(int socket);

// Carries bytes between a client and a process until the process's output has ended, or the client
// is gone: then, `to_the_end`, output is read and dropped until the process has ended. What it
// exited with, if that is known. For one thread; blocks.
std::optional<absl::StatusOr<int32_t>> PumpStreams(runtime::ProcessSession& session,
                                                   PumpClient client, bool to_the_end);

}  // namespace berth::cri
