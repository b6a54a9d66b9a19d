// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "cri/engine_api/router.h"

namespace berth::cri {

inline constexpr size_t kMaxEngineConnections = 512;

struct EngineServerOptions {
  std::string address;  // path of the unix socket
  std::string group;    // gets the socket where it exists
};

// Serves Docker's Engine API over HTTP on a unix socket of mode 0660, a thread a connection: a
// client of Docker's holds few, and handlers are straight lines (docs/decisions/0050). The
// destructor drops all clients and waits for their handlers.
class EngineServer {
 public:
  // Replaces a socket on which nobody listens; Unavailable when somebody does. `router` must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<EngineServer>> Start(const EngineServerOptions& options,
                                                             const Router& router);
  virtual ~EngineServer() = default;
};

}  // namespace berth::cri
