// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "prometheus/collectable.h"

#include "base/sys/fd.h"
#include "metrics/metrics.h"

namespace berth::metrics {

using Sources = std::vector<std::shared_ptr<const prometheus::Collectable>>;

// Serves GET /metrics in Prometheus's text format over HTTP/1, one response a connection, on a
// thread of its own. Whoever can reach the address can read it, so it belongs on loopback. At most
// kMaxConnections are served at once, others wait in the kernel's queue; one that has not ended
// after kMaxConnectionTime is dropped. The destructor drops all and joins the thread.
class Endpoint {
 public:
  // Serves `metrics`, the process's own figures, and `more`. `address` is ip:port, [ip]:port or
  // localhost:port; port 0 takes a free one. InvalidArgument when it is none of these; what bind(2)
  // says else.
  static absl::StatusOr<std::unique_ptr<Endpoint>> Start(absl::string_view address,
                                                         const Metrics& metrics, Sources more = {});
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  Endpoint(Endpoint&&) = delete;
  Endpoint& operator=(Endpoint&&) = delete;

  // Where it listens, ip:port.
  const std::string& address() const { return address_; }

 private:
  struct Connection;

  Endpoint(sys::Fd listener, sys::Fd stop, std::string address, Sources sources);
  void Serve();
  bool Accept(std::vector<Connection>& connections) const;
  void AdvanceAll(std::vector<Connection>& connections, const std::vector<pollfd>& waits) const;
  bool Advance(Connection& connection) const;
  std::string Respond(absl::string_view received) const;
  std::string Scrape() const;

  const sys::Fd listener_;
  const sys::Fd stop_;  // an eventfd, readable when the thread has to end
  const std::string address_;
  const Sources sources_;
  std::thread thread_;
};

}  // namespace berth::metrics
