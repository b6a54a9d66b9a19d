// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/resolv_conf.h"
#include "cri/engine_api/networks/dns_message.h"
#include "cri/streaming/asio.h"

namespace berth::cri {

inline constexpr size_t kMaxUpstreams = 3;  // that are asked, as resolvers do

struct Upstreams {
  std::vector<IpAddress> servers;  // in the order in which they are asked
  uint16_t port = 53;
};

// Asks the servers one after the other, each for two seconds, by UDP from a port and with an id of
// its own or by TCP, until one answers. `done` is called once, on the loop's thread: with the
// answer under the query's own id, or with nothing. `message` is the query as it came.
void AskUpstream(asio::io_context& loop, const Upstreams& upstreams, const DnsQuery& query,
                 const std::string& message, bool by_tcp, std::function<void(std::string)> done);

// Of the file `path`; nothing when it cannot be read.
ResolvConf ReadResolvConf(const std::string& path);
// Those of its servers that are asked, at most kMaxUpstreams. Pure.
std::vector<IpAddress> ServersOf(const ResolvConf& read);

}  // namespace berth::cri
