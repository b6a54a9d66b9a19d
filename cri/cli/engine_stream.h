// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "cri/cli/engine_client.h"
#include "cri/cli/interrupts.h"
#include "cri/cli/local_terminal.h"

namespace berth::cli {

// A connection to the Engine API that has become a stream of bytes both ways.
struct EngineStream {
  sys::Fd socket;
  std::string early;  // what has come with the answer
};

struct StreamOptions {
  bool framed = false;           // its output has heads (OutputFrames)
  bool input = false;            // our stdin goes there
  std::string detach_keys = {};  // by which its user leaves; empty: none
  // Told the size of our terminal now and whenever it changes; empty: nobody wants to know.
  std::function<void(const WindowSize&)> resize = {};
  SignalSource signals = {};
};

// Makes a call of the Engine API at that socket whose success is a stream. Errors as
// EngineClient's.
absl::StatusOr<EngineStream> OpenStream(const std::string& socket_path, EngineCall call);

// Connects our stdin, stdout and stderr with the stream until its other end has closed it. True
// when its user has left by the keys. Blocks SIGWINCH; to be called once in a process.
absl::StatusOr<bool> CarryStream(EngineStream stream, const StreamOptions& options);

}  // namespace berth::cli
