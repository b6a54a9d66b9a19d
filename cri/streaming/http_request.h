// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/streaming/asio.h"
#include "cri/streaming/upgrade.h"
#include "cri/streaming/websocket_transport.h"

namespace berth::cri {

inline constexpr size_t kMaxRequestHead = 16 << 10;

struct ReceivedRequest {
  UpgradeRequest message;
  TcpSocket socket;
  std::string rest;  // what came behind the head
};

// A connection whose request has not come yet.
class PendingRequest {
 public:
  virtual ~PendingRequest() = default;
  // Waits no longer.
  virtual void Drop() = 0;
};

// Reads the head of one request and calls `done` later, on the loop's thread; with nothing when
// none came in half a minute, what came is none, or it was dropped. The connection is closed then.
std::shared_ptr<PendingRequest> ReceiveRequest(
    asio::io_context& loop, TcpSocket socket,
    std::function<void(std::optional<ReceivedRequest>)> done);

// "/exec/TOKEN" and the like, perhaps followed by a query, which does not count.
struct StreamPath {
  std::string kind;
  std::string token;
};
// Nothing for any other form. Pure.
std::optional<StreamPath> ParseStreamPath(absl::string_view target);

// Pure.
UpgradeHeaders UpgradeHeadersOf(const UpgradeRequest& request);

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;
// The whole text of a response; one with a body ends the connection. Pure.
std::string FormatResponse(HttpStatus status, const HttpHeaders& headers, absl::string_view body);

}  // namespace berth::cri
