// SPDX-License-Identifier: Apache-2.0
#include "metrics/endpoint.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "prometheus/text_serializer.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/status.h"
#include "base/thread.h"
#include "metrics/http_message.h"
#include "metrics/listen_address.h"
#include "metrics/process_metrics.h"

namespace berth::metrics {
namespace {

constexpr size_t kMaxConnections = 16;
constexpr absl::Duration kMaxConnectionTime = absl::Seconds(10);
constexpr absl::Duration kAcceptPause = absl::Seconds(1);
constexpr char kPlainText[] = "text/plain; charset=utf-8";
constexpr char kExposition[] = "text/plain; version=0.0.4; charset=utf-8";

sys::ErrnoOr<sys::Fd> Listen(const ListenAddress& address) {
  sys::Fd listener(
      socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.is_open()) {
    return sys::Errno::Last("socket");
  }
  const int on = 1;
  if (setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return sys::Errno::Last("setsockopt");
  }
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) !=
      0) {
    return sys::Errno::Last("bind");
  }
  if (listen(listener.get(), SOMAXCONN) != 0) {
    return sys::Errno::Last("listen");
  }
  return listener;
}

sys::ErrnoOr<ListenAddress> LocalAddress(const sys::Fd& listener) {
  ListenAddress address;
  address.size = sizeof(address.storage);
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.size) !=
      0) {
    return sys::Errno::Last("getsockname");
  }
  return address;
}

bool WouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

struct Endpoint::Connection {
  sys::Fd socket;
  absl::Time deadline;
  std::string received;
  std::string response;  // empty until the request's head is complete
  size_t sent = 0;

  short Events() const { return response.empty() ? POLLIN : POLLOUT; }
};

absl::StatusOr<std::unique_ptr<Endpoint>> Endpoint::Start(absl::string_view address,
                                                          const Metrics& metrics, Sources more) {
  Sources sources = {metrics.registry(), std::make_shared<ProcessMetrics>()};
  sources.insert(sources.end(), more.begin(), more.end());
  ASSIGN_OR_RETURN(ListenAddress wanted, ParseListenAddress(address));
  ASSIGN_OR_RETURN(sys::Fd listener, ToStatusOr(Listen(wanted), "serve metrics at ", address));
  ASSIGN_OR_RETURN(ListenAddress bound,
                   ToStatusOr(LocalAddress(listener), "serve metrics at ", address));
  sys::Fd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.is_open()) {
    return ErrnoStatus(sys::Errno::Last("eventfd"), "serve metrics");
  }
  std::unique_ptr<Endpoint> endpoint(new Endpoint(std::move(listener), std::move(stop),
                                                  FormatListenAddress(bound), std::move(sources)));
  endpoint->thread_ = StartLastingThread("metrics", [raw = endpoint.get()] { raw->Serve(); });
  return endpoint;
}

Endpoint::Endpoint(sys::Fd listener, sys::Fd stop, std::string address, Sources sources)
    : listener_(std::move(listener)),
      stop_(std::move(stop)),
      address_(std::move(address)),
      sources_(std::move(sources)) {}

Endpoint::~Endpoint() {
  const uint64_t one = 1;
  (void)!write(stop_.get(), &one, sizeof(one));  // an eventfd at 0 always takes it
  thread_.join();
}

void Endpoint::Serve() {
  std::vector<Connection> connections;
  absl::Time accept_from = absl::InfinitePast();
  while (true) {
    const bool accepting = connections.size() < kMaxConnections && SteadyNow() >= accept_from;
    std::vector<pollfd> waits = {{stop_.get(), POLLIN, 0},
                                 {accepting ? listener_.get() : -1, POLLIN, 0}};
    absl::Time wake = accept_from > SteadyNow() ? accept_from : absl::InfiniteFuture();
    for (const Connection& connection : connections) {
      waits.push_back({connection.socket.get(), connection.Events(), 0});
      wake = std::min(wake, connection.deadline);
    }
    if (poll(waits.data(), waits.size(), PollTimeout(wake)) < 0 && errno != EINTR) {
      LogError("the metrics endpoint ends", {{"error", "poll failed"}});
      return;
    }
    if (waits[0].revents != 0) {
      return;
    }
    AdvanceAll(connections, waits);
    if (waits[1].revents != 0 && !Accept(connections)) {
      accept_from = SteadyNow() + kAcceptPause;
    }
  }
}

// `waits` are those of Serve: two of its own, then one a connection.
void Endpoint::AdvanceAll(std::vector<Connection>& connections,
                          const std::vector<pollfd>& waits) const {
  std::vector<Connection> going;
  for (size_t i = 0; i < connections.size(); ++i) {
    const bool ended = waits[i + 2].revents != 0 && !Advance(connections[i]);
    if (!ended && SteadyNow() < connections[i].deadline) {
      going.push_back(std::move(connections[i]));
    }
  }
  connections = std::move(going);
}

// False when the process has no descriptor left for it: the listener stays readable then.
bool Endpoint::Accept(std::vector<Connection>& connections) const {
  sys::Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.is_open()) {
    return WouldBlock() || errno == ECONNABORTED;
  }
  connections.push_back({std::move(socket), SteadyNow() + kMaxConnectionTime, "", "", 0});
  return true;
}

// Reads or writes what can be without waiting. False when the connection has ended.
bool Endpoint::Advance(Connection& connection) const {
  if (connection.response.empty()) {
    char buffer[4096];
    const ssize_t size = recv(connection.socket.get(), buffer, sizeof(buffer), 0);
    if (size <= 0) {
      return size < 0 && WouldBlock();
    }
    connection.received.append(buffer, static_cast<size_t>(size));
    connection.response = Respond(connection.received);
    if (connection.response.empty()) {
      return true;
    }
  }
  const absl::string_view rest = absl::string_view(connection.response).substr(connection.sent);
  const ssize_t size = send(connection.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (size < 0) {
    return WouldBlock();
  }
  connection.sent += static_cast<size_t>(size);
  return connection.sent < connection.response.size();
}

// Empty while the request is not complete.
std::string Endpoint::Respond(absl::string_view received) const {
  absl::StatusOr<std::optional<RequestHead>> head = ParseRequestHead(received);
  if (!head.ok()) {
    return FormatResponse(absl::IsResourceExhausted(head.status()) ? 431 : 400, kPlainText,
                          absl::StrCat(head.status().message(), "\n"), false);
  }
  if (!head->has_value()) {
    return "";
  }
  const RequestHead& request = **head;
  const bool head_only = request.method == "HEAD";
  if (request.method != "GET" && !head_only) {
    return FormatResponse(405, kPlainText, "only GET and HEAD\n", false);
  }
  if (request.path != "/metrics") {
    return FormatResponse(404, kPlainText, "only /metrics\n", head_only);
  }
  return FormatResponse(200, kExposition, Scrape(), head_only);
}

std::string Endpoint::Scrape() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& source : sources_) {
    std::vector<prometheus::MetricFamily> collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return std::move(text).str();
}

}  // namespace berth::metrics
