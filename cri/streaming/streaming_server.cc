// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/streaming_server.h"

#include <chrono>
#include <cstring>
#include <list>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/thread.h"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/http/verb.hpp"
#include "cri/streaming/command_client.h"
#include "cri/streaming/forward_client.h"
#include "cri/streaming/http_request.h"
#include "cri/streaming/port_forward.h"
#include "cri/streaming/remote_command.h"
#include "cri/streaming/session_tokens.h"
#include "cri/streaming/tcp_transport.h"
#include "cri/streaming/websocket_transport.h"
#include "metrics/listen_address.h"

namespace berth::cri {
namespace {

constexpr int kStarterThreads = 24;
constexpr int kStartersOfOne = 3;
constexpr size_t kMaxPendingRequests = 256;  // connections whose request has not come yet
constexpr std::chrono::milliseconds kAcceptRetry{100};

std::unique_ptr<CommandClient> MakeCommandClient(asio::io_context& loop,
                                                 std::shared_ptr<Transport> transport,
                                                 const Upgrade& upgrade,
                                                 const runtime::StreamChoice& streams) {
  if (upgrade.transport == StreamTransport::kSpdy) {
    return MakeSpdyCommandClient(loop, std::move(transport), streams, upgrade.version);
  }
  return MakeWebSocketCommandClient(std::move(transport), streams, upgrade.version,
                                    upgrade.transport == StreamTransport::kBase64Channels);
}

std::unique_ptr<ForwardClient> MakeForwardClient(asio::io_context& loop,
                                                 std::shared_ptr<Transport> transport,
                                                 const Upgrade& upgrade,
                                                 const std::vector<uint16_t>& ports) {
  if (upgrade.transport == StreamTransport::kSpdy ||
      upgrade.transport == StreamTransport::kSpdyTunnel) {
    return MakeSpdyForwardClient(loop, std::move(transport));
  }
  return MakeWebSocketForwardClient(std::move(transport), ports,
                                    upgrade.transport == StreamTransport::kBase64Channels);
}

class Server final : public StreamingServer {
 public:
  Server(absl::Duration idle_timeout, runtime::PodRuntime& runtime)
      : idle_timeout_(absl::ToChronoSeconds(idle_timeout)),
        acceptor_(loop_),
        accept_timer_(loop_),
        context_{loop_, runtime, starters_} {}

  ~Server() override {
    if (thread_.joinable()) {
      loop_.stop();
      thread_.join();
    }
    sessions_.clear();
  }

  absl::Status Listen(absl::string_view address) {
    ASSIGN_OR_RETURN(const metrics::ListenAddress parsed, metrics::ParseListenAddress(address));
    asio::ip::tcp::endpoint endpoint;
    memcpy(endpoint.data(), &parsed.storage, parsed.size);
    endpoint.resize(parsed.size);
    ErrorCode error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), error);
      acceptor_.bind(endpoint, error);
    }
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("listen on ", address, " for streams: ", error.message()));
    }
    endpoint = acceptor_.local_endpoint(error);
    metrics::ListenAddress bound;
    memcpy(&bound.storage, endpoint.data(), endpoint.size());
    url_ = absl::StrCat("http://", metrics::FormatListenAddress(bound), "/");
    return absl::OkStatus();
  }

  void Run() {
    Accept();
    thread_ = StartLastingThread("streaming", [this] { loop_.run(); });
  }

  absl::StatusOr<std::string> Offer(StreamRequest request) override {
    const char* kind = KindOf(request);
    ASSIGN_OR_RETURN(const std::string token, tokens_.Insert(std::move(request), SteadyNow()));
    return absl::StrCat(url_, kind, "/", token);
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](const ErrorCode& error, TcpSocket socket) {
      if (error == asio::error::operation_aborted) {
        return;
      }
      if (error) {  // out of descriptors: some come free
        accept_timer_.expires_after(kAcceptRetry);
        accept_timer_.async_wait([this](const ErrorCode&) { Accept(); });
        return;
      }
      ErrorCode ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      Receive(std::move(socket));
      Accept();
    });
  }

  // Of too many that say nothing, the one that has for the longest makes room.
  void Receive(TcpSocket socket) {
    if (pending_.size() >= kMaxPendingRequests) {
      pending_.front()->Drop();
    }
    const auto place = pending_.emplace(pending_.end());
    *place = ReceiveRequest(loop_, std::move(socket),
                            [this, place](std::optional<ReceivedRequest> request) {
                              pending_.erase(place);
                              if (request.has_value()) {
                                Answer(*std::move(request));
                              }
                            });
  }

  void Answer(ReceivedRequest request) {
    namespace http = boost::beast::http;
    const auto target = request.message.target();
    const std::optional<StreamPath> path = ParseStreamPath({target.data(), target.size()});
    const http::verb method = request.message.method();
    if (method != http::verb::get && method != http::verb::post) {
      Refuse(std::move(request),
             {HttpStatus::method_not_allowed, "streams are opened with GET or POST", {}});
      return;
    }
    if (sessions_.size() >= kMaxStreamingSessions) {
      Refuse(std::move(request),
             {HttpStatus::service_unavailable, "too many streams are open", {}});
      return;
    }
    std::optional<StreamRequest> wanted;
    if (path.has_value()) {
      wanted = tokens_.Take(path->token, SteadyNow());
    }
    if (!wanted.has_value() || path->kind != KindOf(*wanted)) {
      Refuse(std::move(request), {HttpStatus::not_found,
                                  "no stream has this token: it was used, has expired or never was",
                                  {}});
      return;
    }
    Negotiate(std::move(request), *std::move(wanted));
  }

  void Refuse(ReceivedRequest request, const UpgradeRefusal& refusal) {
    HttpHeaders headers;
    for (const std::string& protocol : refusal.accepted) {
      headers.emplace_back("X-Accepted-Stream-Protocol-Versions", protocol);
    }
    const auto socket = std::make_shared<TcpSocket>(std::move(request.socket));
    const auto text = std::make_shared<std::string>(
        FormatResponse(refusal.status, headers, absl::StrCat(refusal.text, "\n")));
    // It fits into the socket's buffer, so that nobody can keep it from being closed.
    asio::async_write(*socket, asio::buffer(*text), [socket, text](const ErrorCode&, size_t) {
      ErrorCode ignored;
      socket->shutdown(TcpSocket::shutdown_both, ignored);
    });
  }

  void Negotiate(ReceivedRequest request, StreamRequest wanted) {
    const bool is_port_forward = std::holds_alternative<ForwardPorts>(wanted);
    auto choice = ChooseUpgrade(UpgradeHeadersOf(request.message), is_port_forward);
    if (const auto* refusal = std::get_if<UpgradeRefusal>(&choice); refusal != nullptr) {
      Refuse(std::move(request), *refusal);
      return;
    }
    const Upgrade& upgrade = std::get<Upgrade>(choice);
    if (upgrade.transport == StreamTransport::kSpdy) {
      const std::shared_ptr<Transport> transport = MakeTcpTransport(
          loop_, std::move(request.socket), std::move(request.rest), idle_timeout_);
      transport->Write(FormatResponse(HttpStatus::switching_protocols,
                                      {{"Connection", "Upgrade"},
                                       {"Upgrade", "SPDY/3.1"},
                                       {"X-Stream-Protocol-Version", upgrade.protocol}},
                                      ""));
      Begin(transport, upgrade, std::move(wanted));
      return;
    }
    const WebSocketOptions options = {.protocol = upgrade.protocol,
                                      .text = upgrade.transport == StreamTransport::kBase64Channels,
                                      .idle_timeout = idle_timeout_};
    AcceptWebSocket(loop_, std::move(request.socket), request.message, options,
                    [this, upgrade, wanted](std::shared_ptr<Transport> transport) {
                      if (transport != nullptr) {
                        Begin(std::move(transport), upgrade, wanted);
                      }
                    });
  }

  void Begin(std::shared_ptr<Transport> transport, const Upgrade& upgrade, StreamRequest wanted) {
    std::shared_ptr<Session> session =
        MakeSession(std::move(transport), upgrade, std::move(wanted));
    Session* key = session.get();
    sessions_.emplace(key, session);
    session->Start([this, key] { asio::post(loop_, [this, key] { sessions_.erase(key); }); });
  }

  std::shared_ptr<Session> MakeSession(std::shared_ptr<Transport> transport, const Upgrade& upgrade,
                                       StreamRequest wanted) {
    if (auto* exec = std::get_if<ExecStreams>(&wanted); exec != nullptr) {
      auto client = MakeCommandClient(loop_, std::move(transport), upgrade, exec->streams);
      return MakeRemoteExec(context_, std::move(*exec), std::move(client));
    }
    if (auto* attach = std::get_if<AttachStreams>(&wanted); attach != nullptr) {
      auto client = MakeCommandClient(loop_, std::move(transport), upgrade, attach->streams);
      return MakeRemoteAttach(context_, std::move(*attach), std::move(client));
    }
    auto& ports = std::get<ForwardPorts>(wanted);
    auto client = MakeForwardClient(loop_, std::move(transport), upgrade, ports.ports);
    return MakePortForward(context_, std::move(ports), std::move(client));
  }

  const std::chrono::seconds idle_timeout_;
  SessionTokens tokens_;
  std::string url_;
  asio::io_context loop_{1};
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer accept_timer_;
  std::list<std::shared_ptr<PendingRequest>> pending_;
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions_;
  Starters starters_{kStarterThreads, kStartersOfOne};
  const StreamingContext context_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StreamingServer>> StreamingServer::Start(
    const StreamingOptions& options, runtime::PodRuntime& runtime) {
  auto server = std::make_unique<Server>(options.idle_timeout, runtime);
  RETURN_IF_ERROR(server->Listen(options.address));
  server->Run();
  return std::unique_ptr<StreamingServer>(std::move(server));
}

}  // namespace berth::cri
