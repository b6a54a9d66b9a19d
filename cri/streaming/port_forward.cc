// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/port_forward.h"

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/sys/file.h"
#include "boost/asio/post.hpp"
#include "cri/streaming/descriptor_reader.h"
#include "cri/streaming/descriptor_writer.h"
#include "cri/streaming/loopback_connect.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kSocketTimeout = absl::Seconds(30);
constexpr std::chrono::seconds kLookPeriod{2};
constexpr int kMaxStuckLooks = 15;

// One connection: a socket in the pod and its two directions.
struct Forwarded {
  uint16_t port = 0;
  sys::Fd socket;
  bool connecting = true;
  // Whether its connect is for nobody any more; looked at on another thread.
  std::shared_ptr<std::atomic<bool>> dropped = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<PendingConnect> connect;
  std::shared_ptr<DescriptorWriter> to_pod;
  std::shared_ptr<DescriptorReader> from_pod;
  bool client_ended = false;
  bool sent_to_pod = false;  // and its end has been passed on
  bool pod_ended = false;
  size_t pending_before = 0;  // at the last look
  int stuck_looks = 0;        // at which the pod had taken nothing
};

class PortForward final : public Session,
                          public std::enable_shared_from_this<PortForward>,
                          private ForwardClient::Listener {
 public:
  PortForward(const StreamingContext& context, ForwardPorts request,
              std::unique_ptr<ForwardClient> client)
      : context_(context),
        pod_id_(std::move(request.pod_id)),
        client_(std::move(client)),
        watch_(context.loop) {}

  ~PortForward() override { Release(); }

  void Start(std::function<void()> on_done) override {
    on_done_ = std::move(on_done);
    Watch();
    client_->Start(*this);
  }

 private:
  // ForwardClient::Listener
  void OnOpen(uint32_t id, uint16_t port) override {
    if (connections_.size() + abandoned_ >= kMaxForwardedConnections) {
      client_->Reset(id, "too many connections at once");
      return;
    }
    Forwarded& connection = connections_[id];
    connection.port = port;
    connection.to_pod =
        std::make_shared<DescriptorWriter>(context_.loop, [this] { ResumeWhenRoom(); });
    connection.from_pod = std::make_shared<DescriptorReader>(context_.loop);
    Connect(id, port, connection.dropped);
  }

  void OnData(uint32_t id, absl::string_view bytes) override {
    Forwarded* connection = Find(id);
    if (connection == nullptr || connection->client_ended) {
      return;
    }
    connection->to_pod->Push(bytes);
    if (!HasRoom()) {
      client_->Pause();
    }
  }

  void OnEnd(uint32_t id) override {
    Forwarded* connection = Find(id);
    if (connection == nullptr || connection->client_ended) {
      return;
    }
    connection->client_ended = true;
    connection->to_pod->End([this, id] {
      Forwarded* ended = Find(id);
      ended->sent_to_pod = true;
      if (ended->socket.is_open()) {
        shutdown(ended->socket.get(), SHUT_WR);
      }
      ForgetWhenOver(id);
    });
  }

  void OnReset(uint32_t id) override { Drop(id); }

  void OnDrained() override {
    for (auto& [id, connection] : connections_) {
      connection.from_pod->ReadMore();
    }
  }

  void OnGone() override {
    watch_.cancel();
    Release();
    std::exchange(on_done_, nullptr)();
  }

  void Watch() {
    watch_.expires_after(kLookPeriod);
    watch_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
      const std::shared_ptr<PortForward> self = weak.lock();
      if (self != nullptr && !error && self->on_done_ != nullptr) {
        self->Look();
      }
    });
  }

  void Look() {
    // A socket keeps the network namespace of a pod that has ended.
    const auto pod = context_.runtime.FindPod(pod_id_);
    if (!pod.ok() || pod->state != runtime::v1::SANDBOX_READY) {
      client_.reset();
      OnGone();
      return;
    }
    if (!HasRoom()) {
      ResetStuck();
    }
    Watch();
  }

  // A client that is paused cannot tell that it has given up the connection that holds up the rest.
  void ResetStuck() {
    std::vector<uint32_t> stuck;
    for (auto& [id, connection] : connections_) {
      const size_t pending = connection.to_pod->pending();
      const bool moves = pending == 0 || pending != connection.pending_before;
      connection.stuck_looks = moves ? 0 : connection.stuck_looks + 1;
      connection.pending_before = pending;
      if (connection.stuck_looks >= kMaxStuckLooks) {
        stuck.push_back(id);
      }
    }
    for (const uint32_t id : stuck) {
      client_->Reset(id, "");
      Drop(id);
    }
  }

  // The sockets are made by the pod's shim, which is asked on a thread that may wait for it.
  void Connect(uint32_t id, uint16_t port, std::shared_ptr<std::atomic<bool>> dropped) {
    context_.starters.Schedule(
        pod_id_, [weak = weak_from_this(), id, port, pod_id = pod_id_, dropped,
                  &loop = context_.loop, &runtime = context_.runtime] {
          const Call call(SteadyNow() + kSocketTimeout, [dropped] { return dropped->load(); });
          absl::StatusOr<std::vector<sys::Fd>> sockets = absl::CancelledError("reset");
          if (call.Check().ok()) {
            sockets = runtime.OpenSockets(call, pod_id);
          }
          asio::post(loop, [weak, id, port, sockets = std::move(sockets)]() mutable {
            if (const std::shared_ptr<PortForward> self = weak.lock(); self != nullptr) {
              self->OnSockets(id, port, std::move(sockets));
            }
          });
        });
  }

  void OnSockets(uint32_t id, uint16_t port, absl::StatusOr<std::vector<sys::Fd>> sockets) {
    Forwarded* connection = Find(id);
    if (connection == nullptr || !sockets.ok()) {
      OnConnected(id, sockets.ok() ? absl::CancelledError("reset") : sockets.status());
      return;
    }
    connection->connect =
        ConnectToLoopback(context_.loop, *std::move(sockets), port,
                          [weak = weak_from_this(), id](absl::StatusOr<sys::Fd> socket) {
                            if (const auto self = weak.lock(); self != nullptr) {
                              self->OnConnected(id, std::move(socket));
                            }
                          });
  }

  // Comes once for each connection that was opened, also for one that was dropped meanwhile.
  void OnConnected(uint32_t id, absl::StatusOr<sys::Fd> socket) {
    Forwarded* connection = Find(id);
    if (connection == nullptr) {
      --abandoned_;
      return;
    }
    connection->connecting = false;
    connection->connect = nullptr;
    if (!socket.ok()) {
      client_->Reset(id, absl::StrCat("error forwarding port ", connection->port, " to pod ",
                                      pod_id_, ", uid : ", socket.status().message()));
      Drop(id);
      return;
    }
    connection->socket = *std::move(socket);
    connection->from_pod->Open(
        Duplicate(connection->socket),
        [this, id](absl::string_view bytes) { OnPodData(id, bytes); },
        [this, id](const ErrorCode& error) { OnPodEnd(id, error); });
    connection->from_pod->ReadMore();
    connection->to_pod->Open(Duplicate(connection->socket));  // last: it may end the connection
  }

  void OnPodData(uint32_t id, absl::string_view bytes) {
    client_->Send(id, bytes);
    if (Forwarded* connection = Find(id); connection != nullptr && !client_->congested()) {
      connection->from_pod->ReadMore();
    }
  }

  // A text would make clients give up all of their connections: a reset is for this one alone.
  void OnPodEnd(uint32_t id, const ErrorCode& error) {
    if (error != asio::error::eof) {
      client_->Reset(id, "");
      Drop(id);
      return;
    }
    client_->End(id);
    Forwarded& connection = *Find(id);
    connection.pod_ended = true;
    connection.sent_to_pod = connection.sent_to_pod || !client_->has_half_closes();
    ForgetWhenOver(id);
  }

  void ForgetWhenOver(uint32_t id) {
    const Forwarded* connection = Find(id);
    if (connection->pod_ended && connection->sent_to_pod) {
      client_->Forget(id);
      Drop(id);
    }
  }

  // For what the client sends next.
  bool HasRoom() const {
    size_t all = 0;
    for (const auto& [id, connection] : connections_) {
      if (connection.to_pod->full()) {
        return false;
      }
      all += connection.to_pod->pending();
    }
    return all < kMaxForwardedPending;
  }

  void ResumeWhenRoom() {
    if (HasRoom()) {
      client_->Resume();
    }
  }

  Forwarded* Find(uint32_t id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : &found->second;
  }

  void Drop(uint32_t id) {
    auto node = connections_.extract(id);
    if (node.empty()) {
      return;
    }
    Abandon(node.mapped());
    ResumeWhenRoom();
  }

  void Abandon(Forwarded& connection) {
    connection.to_pod->Close();
    connection.from_pod->Close();
    if (!connection.connecting) {
      return;
    }
    ++abandoned_;
    *connection.dropped = true;
    if (connection.connect != nullptr) {
      connection.connect->Drop();
    }
  }

  void Release() {
    for (auto& [id, connection] : connections_) {
      Abandon(connection);
    }
    connections_.clear();
  }

  static sys::Fd Duplicate(const sys::Fd& fd) {
    sys::ErrnoOr<sys::Fd> copy = sys::Duplicate(fd.get());
    return copy.ok() ? *std::move(copy) : sys::Fd();
  }

  const StreamingContext context_;
  const std::string pod_id_;
  std::function<void()> on_done_;
  std::unique_ptr<ForwardClient> client_;
  asio::steady_timer watch_;
  std::unordered_map<uint32_t, Forwarded> connections_;
  size_t abandoned_ = 0;  // connects that are still under way for nobody
};

}  // namespace

std::shared_ptr<Session> MakePortForward(const StreamingContext& context, ForwardPorts request,
                                         std::unique_ptr<ForwardClient> client) {
  return std::make_shared<PortForward>(context, std::move(request), std::move(client));
}

}  // namespace berth::cri
