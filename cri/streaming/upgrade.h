// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/types/span.h"

#include "boost/beast/http/status.hpp"

// What a client's request to stream becomes (the Kubernetes streaming protocols).
namespace berth::cri {

using HttpStatus = boost::beast::http::status;

enum class StreamTransport {
  kSpdy,           // streams of SPDY/3.1
  kSpdyTunnel,     // the same bytes in WebSocket messages: "SPDY/3.1+portforward.k8s.io"
  kWebSocket,      // channels: binary messages led by a byte
  kBase64Channels  // channels: text messages led by a digit, the rest base64
};

struct Upgrade {
  StreamTransport transport = StreamTransport::kSpdy;
  std::string protocol;  // as the client wrote it; empty: it named none
  int version = 1;       // of the channels: 1 to 5
};

struct UpgradeRefusal {
  HttpStatus status = HttpStatus::bad_request;
  std::string text;
  std::vector<std::string> accepted;  // values of X-Accepted-Stream-Protocol-Versions
};

// The headers that count, each with all its values, comma-separated ones apart, in order.
struct UpgradeHeaders {
  std::vector<std::string> connection;
  std::vector<std::string> upgrade;
  std::vector<std::string> stream_protocols;     // X-Stream-Protocol-Version
  std::vector<std::string> websocket_protocols;  // Sec-WebSocket-Protocol
};

// "exec" and "attach" speak remotecommand, "portforward" its own. The first protocol of the
// client's list that we have is taken. Pure.
std::variant<Upgrade, UpgradeRefusal> ChooseUpgrade(const UpgradeHeaders& headers,
                                                    bool is_port_forward);

}  // namespace berth::cri
