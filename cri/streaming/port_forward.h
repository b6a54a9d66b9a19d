// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "cri/streaming/forward_client.h"
#include "cri/streaming/session.h"
#include "cri/streaming/stream_request.h"

namespace berth::cri {

inline constexpr size_t kMaxForwardedConnections = 256;  // of one client at a time
inline constexpr size_t kMaxForwardedPending = 4
                                               << 20;  // bytes of one client that pods do not take

// Connects each connection of the client with a port of the pod's loopback addresses, until the
// client leaves or the pod is ready no more. The ends of the two directions are passed on apart.
std::shared_ptr<Session> MakePortForward(const StreamingContext& context, ForwardPorts request,
                                         std::unique_ptr<ForwardClient> client);

}  // namespace berth::cri
