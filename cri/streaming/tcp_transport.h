// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cri/streaming/transport.h"

namespace berth::cri {

// The bytes of a TCP connection. `received`: what came behind the head of the request.
std::shared_ptr<Transport> MakeTcpTransport(asio::io_context& loop, TcpSocket socket,
                                            std::string received,
                                            std::chrono::seconds idle_timeout);

}  // namespace berth::cri
