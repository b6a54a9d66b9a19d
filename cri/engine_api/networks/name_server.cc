// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/name_server.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/arrival.h"
#include "base/thread.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/ip/udp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/write.hpp"
#include "cri/engine_api/networks/dns_message.h"
#include "cri/engine_api/networks/upstream_query.h"
#include "cri/streaming/asio.h"

namespace berth::cri {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

constexpr size_t kMaxUdpQuery = 4096;
constexpr size_t kMaxUdpAnswer =
    1232;  // whatever a client says: no larger packet is cut on its way
constexpr size_t kLengthPrefix = 2;
constexpr std::chrono::seconds kIdle{10};  // of a connection
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr absl::Duration kServersAge = absl::Seconds(1);  // of what is known of the node's

IpAddress AddressOf(const asio::ip::address& address) {
  IpAddress plain;
  plain.is_ipv4 = address.is_v4();
  if (plain.is_ipv4) {
    absl::c_copy(address.to_v4().to_bytes(), plain.bytes.begin());
  } else {
    absl::c_copy(address.to_v6().to_bytes(), plain.bytes.begin());
  }
  return plain;
}

using Answer = std::function<void(std::string)>;  // empty: none

// How much there is of something, of each asker and of all.
class Shares {
 public:
  Shares(size_t max, size_t max_of_one) : max_(max), max_of_one_(max_of_one) {}

  // Networks may have the same addresses, one after the other.
  static std::string AskerOf(const std::string& network_id, const IpAddress& address) {
    return absl::StrCat(network_id, " ", address.str());
  }
  // False when it would be too much; otherwise it is to be given back.
  bool Take(const std::string& asker) {
    const auto found = of_asker_.find(asker);
    if (total_ >= max_ || (found != of_asker_.end() && found->second >= max_of_one_)) {
      return false;
    }
    ++total_;
    ++of_asker_[asker];
    return true;
  }
  void GiveBack(const std::string& asker) {
    --total_;
    if (const auto found = of_asker_.find(asker); --found->second == 0) {
      of_asker_.erase(found);
    }
  }

 private:
  const size_t max_, max_of_one_;
  size_t total_ = 0;
  std::map<std::string, size_t> of_asker_;
};

// What all networks share. Used on the loop's thread only.
class Resolver {
 public:
  Resolver(asio::io_context& loop, const NameServerOptions& options, const NameTable& names)
      : loop_(loop), options_(options), names_(names) {}

  void Resolve(const ServedNetwork& network, const IpAddress& asker, const std::string& message,
               bool by_tcp, Answer answer) {
    const ParsedDnsQuery parsed = ParseDnsQuery(message);
    if (!parsed.query.has_value()) {
      answer(parsed.refusal);
      return;
    }
    const DnsQuery& query = *parsed.query;
    const size_t room = by_tcp ? kMaxDnsMessage : std::min(query.payload, kMaxUdpAnswer);
    if (std::optional<std::string> known = Known(network.id, asker, query, room);
        known.has_value()) {
      answer(*std::move(known));
      return;
    }
    const std::string name = Shares::AskerOf(network.id, asker);
    if (!pending_.Take(name)) {
      answer(FormatDnsError(query, DnsCode::kServerFailure));
      return;
    }
    AskUpstream(
        loop_, UpstreamsOf(network, asker), query, message, by_tcp,
        [this, name, query, answer = std::move(answer)](std::string got) {
          pending_.GiveBack(name);
          answer(got.empty() ? FormatDnsError(query, DnsCode::kServerFailure) : std::move(got));
        });
  }

  Shares& connections() { return connections_; }

 private:
  std::optional<std::string> Known(const std::string& network_id, const IpAddress& asker,
                                   const DnsQuery& query, size_t room) {
    if (query.type == static_cast<uint16_t>(DnsType::kPtr)) {
      const std::optional<IpAddress> address = AddressOfPointer(query.name);
      const std::optional<NamedContainer> owner =
          address.has_value() ? names_.Owner(network_id, *address) : std::nullopt;
      return owner.has_value() ? std::optional(FormatPointer(query, owner->name, room))
                               : std::nullopt;
    }
    std::optional<std::vector<IpAddress>> addresses = names_.Find(network_id, asker, query.name);
    if (!addresses.has_value() || addresses->empty()) {
      return std::nullopt;
    }
    // Each of many gets its share.
    std::rotate(addresses->begin(),
                addresses->begin() + static_cast<ptrdiff_t>(turn_++ % addresses->size()),
                addresses->end());
    return FormatAddresses(query, *addresses, room);
  }

  // Of who has no way out by his networks only his own: a question that we pass on would be one.
  // An address that is nobody's, or not known yet, has the way out of the network it asks in.
  Upstreams UpstreamsOf(const ServedNetwork& network, const IpAddress& asker) {
    Upstreams upstreams;
    upstreams.port = options_.upstream_port;
    const std::optional<NamedContainer> owner = names_.Owner(network.id, asker);
    if (owner.has_value()) {
      for (const std::string& server : owner->dns_servers) {
        if (const auto address = ParseIpAddress(server); address.has_value()) {
          upstreams.servers.push_back(*address);
        }
      }
    }
    const bool may_ask_the_nodes = owner.has_value() ? owner->has_way_out : network.has_way_out;
    if (upstreams.servers.empty() && may_ask_the_nodes) {
      upstreams.servers = NodesServers();
    }
    return upstreams;
  }

  // However many ask: the loop reads the file once in a while.
  const std::vector<IpAddress>& NodesServers() {
    const absl::Time now = SteadyNow();
    if (now >= servers_read_ + kServersAge) {
      servers_read_ = now;
      servers_ = ServersOf(ReadResolvConf(options_.resolv_conf));
    }
    return servers_;
  }

  asio::io_context& loop_;
  const NameServerOptions options_;
  const NameTable& names_;
  size_t turn_ = 0;
  Shares pending_{kMaxPendingDnsQueries, kMaxPendingDnsQueriesOfAsker};
  Shares connections_{kMaxDnsConnections, kMaxDnsConnectionsOfAsker};
  absl::Time servers_read_ = absl::InfinitePast();
  std::vector<IpAddress> servers_;  // of the node
};

// One client by TCP, one question after the other. Its share of connections has been taken.
class DnsConnection : public std::enable_shared_from_this<DnsConnection> {
 public:
  DnsConnection(Resolver& resolver, ServedNetwork network, tcp::socket socket, IpAddress peer)
      : resolver_(resolver),
        network_(std::move(network)),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        peer_(peer) {}
  DnsConnection(const DnsConnection&) = delete;
  DnsConnection& operator=(const DnsConnection&) = delete;
  ~DnsConnection() { resolver_.connections().GiveBack(Shares::AskerOf(network_.id, peer_)); }

  void ReadLength() {
    timer_.expires_after(kIdle);
    timer_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
      if (const auto self = weak.lock(); self != nullptr && !error) {
        ErrorCode ignored;
        self->socket_.close(ignored);
      }
    });
    message_.resize(kLengthPrefix);
    asio::async_read(socket_, asio::buffer(message_),
                     [self = shared_from_this()](const ErrorCode& error, size_t) {
                       if (!error) {
                         self->ReadMessage();
                       }
                     });
  }

 private:
  void ReadMessage() {
    const auto high = static_cast<uint8_t>(message_[0]), low = static_cast<uint8_t>(message_[1]);
    message_.resize(static_cast<size_t>(high) << 8 | low);
    asio::async_read(socket_, asio::buffer(message_),
                     [self = shared_from_this()](const ErrorCode& error, size_t) {
                       if (!error) {
                         self->resolver_.Resolve(
                             self->network_, self->peer_, self->message_, true,
                             [self](const std::string& answer) { self->Write(answer); });
                       }
                     });
  }
  void Write(const std::string& answer) {
    if (answer.empty()) {
      return;
    }
    message_.clear();
    message_.push_back(static_cast<char>(answer.size() >> 8));
    message_.push_back(static_cast<char>(answer.size() & 0xff));
    message_ += answer;
    asio::async_write(socket_, asio::buffer(message_),
                      [self = shared_from_this()](const ErrorCode& error, size_t) {
                        if (!error) {
                          self->ReadLength();
                        }
                      });
  }

  Resolver& resolver_;
  const ServedNetwork network_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  const IpAddress peer_;
  std::string message_;
};

// Both sockets of a network.
class NetworkListener : public std::enable_shared_from_this<NetworkListener> {
 public:
  NetworkListener(asio::io_context& loop, Resolver& resolver, ServedNetwork network)
      : resolver_(resolver), network_(std::move(network)), udp_(loop), tcp_(loop), retry_(loop) {}

  absl::StatusOr<uint16_t> Open(uint16_t port) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(network_.gateway.bytes.begin(), bytes.size(), bytes.begin());
    const asio::ip::address_v4 address(bytes);
    ErrorCode error = OpenAt(udp_, udp::endpoint(address, port), false);
    const uint16_t bound = error ? port : udp_.local_endpoint(error).port();
    if (!error) {
      error = OpenAt(tcp_, tcp::endpoint(address, bound), true);
    }
    if (!error) {
      tcp_.listen(tcp::acceptor::max_listen_connections, error);
    }
    if (error) {
      return absl::UnavailableError(absl::StrCat("listen on ", network_.gateway.str(), " port ",
                                                 port, ": ", error.message()));
    }
    return bound;
  }

  void Start() {
    Receive();
    Accept();
  }

  void Close() {
    ErrorCode ignored;
    udp_.close(ignored);
    tcp_.close(ignored);
    retry_.cancel();
  }

 private:
  template <typename Socket>
  static ErrorCode OpenAt(Socket& socket, const typename Socket::endpoint_type& endpoint,
                          bool reuse) {
    ErrorCode error;
    socket.open(endpoint.protocol(), error);
    if (error) {
      return error;
    }
    // Before the first container comes no bridge has the address.
    const int on = 1;
    (void)setsockopt(socket.native_handle(), IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
    if (const sys::Result named = sys::NameArrivals(socket.native_handle()); !named.ok()) {
      return {named.error().code, boost::system::system_category()};
    }
    socket.set_option(typename Socket::reuse_address(reuse), error);
    if (!error) {
      socket.bind(endpoint, error);
    }
    return error;
  }

  void Receive() {
    udp_.async_wait(udp::socket::wait_read, [self = shared_from_this()](const ErrorCode& error) {
      if (!self->udp_.is_open()) {
        return;
      }
      if (!error) {
        self->OnReadable();
      }
      self->Receive();
    });
  }

  // A container may write any address into a packet: what comes from an internal network in the
  // name of somebody else would find a way out.
  bool IsInside(const IpAddress& asker, unsigned interface) const {
    return network_.subnet.Contains(asker) && interface != 0 &&
           interface == if_nametoindex(network_.bridge.c_str());
  }

  void OnReadable() {
    if (const auto packet = sys::ReceiveDatagram(udp_.native_handle(), packet_); packet.ok()) {
      OnPacket(*packet);
    }
  }

  // Who is not of the network gets nothing: nobody can be sent answers that did not ask.
  void OnPacket(const sys::Datagram& packet) {
    const udp::endpoint sender(asio::ip::address_v4(ntohl(packet.sender.sin_addr.s_addr)),
                               ntohs(packet.sender.sin_port));
    const IpAddress asker = AddressOf(sender.address());
    if (!IsInside(asker, packet.interface)) {
      return;
    }
    resolver_.Resolve(network_, asker, std::string(packet_.data(), packet.bytes), false,
                      [self = shared_from_this(), to = sender](const std::string& answer) {
                        ErrorCode ignored;
                        if (!answer.empty() && self->udp_.is_open()) {
                          self->udp_.send_to(asio::buffer(answer), to, 0, ignored);
                        }
                      });
  }

  void Accept() {
    tcp_.async_accept([self = shared_from_this()](const ErrorCode& error, tcp::socket socket) {
      if (!self->tcp_.is_open()) {
        return;
      }
      if (error) {  // out of descriptors, perhaps
        self->retry_.expires_after(kAcceptRetry);
        self->retry_.async_wait([self](const ErrorCode& stopped) {
          if (!stopped) {
            self->Accept();
          }
        });
        return;
      }
      self->OnConnection(std::move(socket));
      self->Accept();
    });
  }

  void OnConnection(tcp::socket socket) {
    ErrorCode error;
    const IpAddress peer = AddressOf(socket.remote_endpoint(error).address());
    const sys::ErrnoOr<unsigned> arrival = sys::ArrivalOf(socket.native_handle());
    if (!error && arrival.ok() && IsInside(peer, *arrival) &&
        resolver_.connections().Take(Shares::AskerOf(network_.id, peer))) {
      std::make_shared<DnsConnection>(resolver_, network_, std::move(socket), peer)->ReadLength();
    }
  }

  Resolver& resolver_;
  const ServedNetwork network_;
  udp::socket udp_;
  tcp::acceptor tcp_;
  asio::steady_timer retry_;
  std::array<char, kMaxUdpQuery> packet_;
};

class Server final : public NameServer {
 public:
  Server(const NameServerOptions& options, const NameTable& names)
      : resolver_(loop_, options, names),
        work_(loop_.get_executor()),
        thread_(StartLastingThread("names", [this] { loop_.run(); })) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override {
    loop_.stop();
    thread_.join();
  }

  absl::StatusOr<uint16_t> Serve(const ServedNetwork& network, uint16_t port) override {
    absl::MutexLock lock(&mutex_);
    if (listeners_.find(network.id) != listeners_.end()) {
      return absl::AlreadyExistsError(absl::StrCat("names of ", network.id, " are served already"));
    }
    auto listener = std::make_shared<NetworkListener>(loop_, resolver_, network);
    ASSIGN_OR_RETURN(const uint16_t bound, listener->Open(port));
    listeners_[network.id] = listener;
    asio::post(loop_, [listener] { listener->Start(); });
    return bound;
  }

  void Stop(const std::string& network_id) override {
    decltype(listeners_)::node_type stopped;
    {
      absl::MutexLock lock(&mutex_);
      stopped = listeners_.extract(network_id);
    }
    if (!stopped.empty()) {
      absl::Notification closed;
      asio::post(loop_, [&] {
        stopped.mapped()->Close();
        closed.Notify();
      });
      closed.WaitForNotification();
    }
  }

 private:
  Resolver resolver_;  // outlives what the loop still holds
  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<NetworkListener>> listeners_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<NameServer>> NameServer::Start(const NameServerOptions& options,
                                                              const NameTable& names) {
  return std::unique_ptr<NameServer>(std::make_unique<Server>(options, names));
}

}  // namespace berth::cri
