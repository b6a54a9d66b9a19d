// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/upgrade.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"

namespace berth::cri {
namespace {

struct Protocol {
  absl::string_view name;
  StreamTransport transport;
  int version;
};

constexpr Protocol kCommandOverSpdy[] = {
    {"v4.channel.k8s.io", StreamTransport::kSpdy, 4},
    {"v3.channel.k8s.io", StreamTransport::kSpdy, 3},
    {"v2.channel.k8s.io", StreamTransport::kSpdy, 2},
    {"channel.k8s.io", StreamTransport::kSpdy, 1},
};
constexpr Protocol kForwardOverSpdy[] = {{"portforward.k8s.io", StreamTransport::kSpdy, 1}};
constexpr Protocol kCommandOverWebSocket[] = {
    {"v5.channel.k8s.io", StreamTransport::kWebSocket, 5},
    {"v4.channel.k8s.io", StreamTransport::kWebSocket, 4},
    {"v4.base64.channel.k8s.io", StreamTransport::kBase64Channels, 4},
    {"channel.k8s.io", StreamTransport::kWebSocket, 1},
    {"base64.channel.k8s.io", StreamTransport::kBase64Channels, 1},
};
constexpr Protocol kForwardOverWebSocket[] = {
    {"SPDY/3.1+portforward.k8s.io", StreamTransport::kSpdyTunnel, 1},
    {"v4.channel.k8s.io", StreamTransport::kWebSocket, 4},
    {"v4.base64.channel.k8s.io", StreamTransport::kBase64Channels, 4},
};

bool Names(const std::vector<std::string>& values, absl::string_view name) {
  return std::any_of(values.begin(), values.end(), [name](const std::string& value) {
    return absl::EqualsIgnoreCase(value, name);
  });
}

std::variant<Upgrade, UpgradeRefusal> Choose(const std::vector<std::string>& offered,
                                             absl::Span<const Protocol> known) {
  for (const std::string& offer : offered) {
    for (const Protocol& protocol : known) {
      if (offer == protocol.name) {
        return Upgrade{protocol.transport, offer, protocol.version};
      }
    }
  }
  UpgradeRefusal refusal{HttpStatus::forbidden, "none of the stream protocols is known: ", {}};
  refusal.text += absl::StrJoin(offered, ", ");
  for (const Protocol& protocol : known) {
    refusal.accepted.emplace_back(protocol.name);
  }
  return refusal;
}

}  // namespace

std::variant<Upgrade, UpgradeRefusal> ChooseUpgrade(const UpgradeHeaders& headers,
                                                    bool is_port_forward) {
  if (!Names(headers.connection, "upgrade")) {
    return UpgradeRefusal{
        HttpStatus::bad_request, "a stream begins with the header Connection: Upgrade", {}};
  }
  if (Names(headers.upgrade, "websocket")) {
    if (headers.websocket_protocols.empty() && !is_port_forward) {
      return Upgrade{StreamTransport::kWebSocket, "", 1};
    }
    return Choose(headers.websocket_protocols, is_port_forward
                                                   ? absl::MakeConstSpan(kForwardOverWebSocket)
                                                   : absl::MakeConstSpan(kCommandOverWebSocket));
  }
  if (!Names(headers.upgrade, "SPDY/3.1")) {
    return UpgradeRefusal{
        HttpStatus::bad_request, "the header Upgrade must be SPDY/3.1 or websocket", {}};
  }
  if (headers.stream_protocols.empty()) {
    return UpgradeRefusal{
        HttpStatus::bad_request, "the header X-Stream-Protocol-Version is required", {}};
  }
  return Choose(headers.stream_protocols, is_port_forward ? absl::MakeConstSpan(kForwardOverSpdy)
                                                          : absl::MakeConstSpan(kCommandOverSpdy));
}

}  // namespace berth::cri
