// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cri/streaming/stream_request.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

inline constexpr size_t kMaxStreamingSessions = 1024;

struct StreamingOptions {
  std::string address = "127.0.0.1:0";  // ip:port; port 0 takes a free one
  absl::Duration idle_timeout = absl::Hours(4);
};

// Serves exec, attach and port-forward over HTTP, upgraded to SPDY/3.1 or WebSocket, on one thread.
// Whoever knows a URL may use it, once: its token is the secret. The destructor drops all clients.
// Thread-safe.
class StreamingServer {
 public:
  // InvalidArgument for an address that is none; what bind(2) says else. `runtime` must outlive it.
  static absl::StatusOr<std::unique_ptr<StreamingServer>> Start(const StreamingOptions& options,
                                                                runtime::PodRuntime& runtime);
  virtual ~StreamingServer() = default;

  // The URL at which the client finds what it asked for, for a minute. ResourceExhausted when too
  // many wait to be used.
  virtual absl::StatusOr<std::string> Offer(StreamRequest request) = 0;
};

}  // namespace berth::cri
