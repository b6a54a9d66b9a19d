// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "cri/engine_api/networks/ip_prefix.h"
#include "cri/engine_api/networks/name_table.h"

namespace berth::cri {

inline constexpr size_t kMaxPendingDnsQueries = 256;  // that wait for other servers
inline constexpr size_t kMaxDnsConnections = 64;
// Of these, what one asker may have, so that nobody takes the names away from all.
inline constexpr size_t kMaxPendingDnsQueriesOfAsker = 64;
inline constexpr size_t kMaxDnsConnectionsOfAsker = 16;

struct NameServerOptions {
  std::string resolv_conf = "/etc/resolv.conf";  // names the servers that are asked for the rest
  uint16_t upstream_port = 53;
};

struct ServedNetwork {
  std::string id;
  std::string bridge;  // the interface that its containers come in by
  IpAddress gateway;
  IpPrefix subnet;
  bool has_way_out = false;  // for those in it of whom the table knows nothing
};

// The name server of Docker's networks, on a thread of its own: answers by UDP and TCP on the
// gateway of each network, to those inside it only, with what the table says of that network, and
// passes on every other question to the servers of the asker or, where that one has a way out of
// his networks, of the node. Who has an address of the network and does not come in by its bridge
// is not inside it. Thread-safe.
class NameServer {
 public:
  // `names` must outlive it.
  static absl::StatusOr<std::unique_ptr<NameServer>> Start(const NameServerOptions& options,
                                                           const NameTable& names);
  virtual ~NameServer() = default;

  // Serves from now on, also where no interface has the address yet; returns the port. Errors of
  // the kernel when somebody else does. AlreadyExists when it serves the network already.
  virtual absl::StatusOr<uint16_t> Serve(const ServedNetwork& network, uint16_t port) = 0;
  // On return nobody listens there.
  virtual void Stop(const std::string& network_id) = 0;
};

}  // namespace berth::cri
