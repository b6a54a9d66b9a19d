// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/port_forward.h"

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/sys/file.h"
#include "boost/asio/post.hpp"
#include "cri/streaming/descriptor_reader.h"
#include "cri/streaming/descriptor_writer.h"
#include "cri/streaming/loopback_connect.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kSocketTimeout = absl::Seconds(30);
constexpr std::chrono::seconds kPodPeriod{2};

// One connection: a socket in the pod and its two directions.
struct Forwarded {
  uint16_t port = 0;
  sys::Fd socket;
  std::shared_ptr<DescriptorWriter> to_pod;
  std::shared_ptr<DescriptorReader> from_pod;
  bool client_ended = false;
  bool sent_to_pod = false;  // and its end has been passed on
  bool pod_ended = false;
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

  ~PortForward() override {
    *gone_ = true;
    Release();
  }

  void Start(std::function<void()> on_done) override {
    on_done_ = std::move(on_done);
    WatchPod();
    client_->Start(*this);
  }

 private:
  // ForwardClient::Listener
  void OnOpen(uint32_t id, uint16_t port) override {
    if (connections_.size() >= kMaxForwardedConnections) {
      client_->Reset(id, "too many connections at once");
      return;
    }
    Forwarded& connection = connections_[id];
    connection.port = port;
    connection.to_pod =
        std::make_shared<DescriptorWriter>(context_.loop, [this] { ResumeWhenRoom(); });
    connection.from_pod = std::make_shared<DescriptorReader>(context_.loop);
    Connect(id, port);
  }

  void OnData(uint32_t id, absl::string_view bytes) override {
    Forwarded* connection = Find(id);
    if (connection == nullptr || connection->client_ended) {
      return;
    }
    connection->to_pod->Push(bytes);
    if (connection->to_pod->full()) {
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
    *gone_ = true;
    watch_.cancel();
    Release();
    std::exchange(on_done_, nullptr)();
  }

  // A socket keeps the network namespace of a pod that has ended.
  void WatchPod() {
    watch_.expires_after(kPodPeriod);
    watch_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
      const std::shared_ptr<PortForward> self = weak.lock();
      if (self == nullptr || error || *self->gone_) {
        return;
      }
      const auto pod = self->context_.runtime.FindPod(self->pod_id_);
      if (pod.ok() && pod->state == runtime::v1::SANDBOX_READY) {
        self->WatchPod();
        return;
      }
      self->client_.reset();
      self->OnGone();
    });
  }

  // The sockets are made by the pod's shim, which is asked on a thread that may wait for it.
  void Connect(uint32_t id, uint16_t port) {
    context_.starters.Schedule([weak = weak_from_this(), id, port, pod_id = pod_id_, gone = gone_,
                                &loop = context_.loop, &runtime = context_.runtime] {
      const Call call(absl::Now() + kSocketTimeout, [gone] { return gone->load(); });
      auto sockets = runtime.OpenSockets(call, pod_id);
      asio::post(loop, [weak, id, port, &loop, sockets = std::move(sockets)]() mutable {
        const std::shared_ptr<PortForward> self = weak.lock();
        if (self == nullptr) {
          return;
        }
        if (!sockets.ok()) {
          self->OnConnected(id, sockets.status());
          return;
        }
        ConnectToLoopback(loop, *std::move(sockets), port,
                          [weak, id](absl::StatusOr<sys::Fd> socket) {
                            if (const auto alive = weak.lock(); alive != nullptr) {
                              alive->OnConnected(id, std::move(socket));
                            }
                          });
      });
    });
  }

  void OnConnected(uint32_t id, absl::StatusOr<sys::Fd> socket) {
    Forwarded* connection = Find(id);
    if (connection == nullptr) {
      return;  // reset meanwhile
    }
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
    Find(id)->pod_ended = true;
    ForgetWhenOver(id);
  }

  void ForgetWhenOver(uint32_t id) {
    const Forwarded* connection = Find(id);
    if (connection->pod_ended && connection->sent_to_pod) {
      client_->Forget(id);
      Drop(id);
    }
  }

  void ResumeWhenRoom() {
    for (const auto& [id, connection] : connections_) {
      if (connection.to_pod->full()) {
        return;
      }
    }
    client_->Resume();
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
    node.mapped().to_pod->Close();
    node.mapped().from_pod->Close();
    ResumeWhenRoom();
  }

  void Release() {
    for (auto& [id, connection] : connections_) {
      connection.to_pod->Close();
      connection.from_pod->Close();
    }
    connections_.clear();
  }

  static sys::Fd Duplicate(const sys::Fd& fd) {
    sys::ErrnoOr<sys::Fd> copy = sys::Duplicate(fd.get());
    return copy.ok() ? *std::move(copy) : sys::Fd();
  }

  const StreamingContext context_;
  const std::string pod_id_;
  // Whether what a starter does is for nobody any more.
  const std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  std::function<void()> on_done_;
  std::unique_ptr<ForwardClient> client_;
  asio::steady_timer watch_;
  std::unordered_map<uint32_t, Forwarded> connections_;
};

}  // namespace

std::shared_ptr<Session> MakePortForward(const StreamingContext& context, ForwardPorts request,
                                         std::unique_ptr<ForwardClient> client) {
  return std::make_shared<PortForward>(context, std::move(request), std::move(client));
}

}  // namespace berth::cri
