// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "runtime/process_session.h"

namespace berth::cri {

// What a client asked for over CRI and comes back for with a token.
struct ExecStreams {
  std::string pod_id;
  std::string container_id;
  std::vector<std::string> command;
  runtime::StreamChoice streams;
};

struct AttachStreams {
  std::string pod_id;
  std::string container_id;
  runtime::StreamChoice streams;  // as the client will open them
  bool has_terminal = false;      // the container
  bool is_ahead = false;          // it has not been started
};

struct ForwardPorts {
  std::string pod_id;
  std::vector<uint16_t> ports;  // may be none: then the streams name them
};

using StreamRequest = std::variant<ExecStreams, AttachStreams, ForwardPorts>;

// "exec", "attach" or "portforward": the first part of the URL's path.
constexpr const char* KindOf(const StreamRequest& request) {
  constexpr const char* kKinds[] = {"exec", "attach", "portforward"};
  return kKinds[request.index()];
}

}  // namespace berth::cri
