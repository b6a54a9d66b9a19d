// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/websocket_bridge.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"

#include "base/status.h"
#include "base/sys/socket.h"
#include "base/thread.h"
#include "cri/streaming/descriptor_reader.h"
#include "cri/streaming/descriptor_writer.h"
#include "cri/streaming/websocket_transport.h"

namespace berth::cri {
namespace {

// A process may say nothing for as long as it likes.
constexpr std::chrono::hours kSilence{24 * 365};

UpgradeRequest UpgradeOf(const EngineRequest& request) {
  UpgradeRequest upgrade;
  upgrade.version(11);
  upgrade.method_string(request.method);
  upgrade.target(request.path);
  for (const auto& [name, value] : request.headers) {
    upgrade.insert(name, value);
  }
  return upgrade;
}

absl::StatusOr<sys::Fd> Duplicate(int fd) {
  sys::Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return copy.is_open() ? absl::StatusOr<sys::Fd>(std::move(copy))
                        : ErrnoStatus(sys::Errno::Last("fcntl"), "a client's socket");
}

}  // namespace

class WebSocketBridge::Session final : public Transport::Listener {
 public:
  explicit Session(absl::Duration farewell)
      : farewell_(farewell),
        timer_(loop_),
        reader_(std::make_shared<DescriptorReader>(loop_)),
        writer_(std::make_shared<DescriptorWriter>(loop_, [this] { OnTaken(); })) {}

  ~Session() {
    if (thread_.joinable()) {
      if (!ended_.WaitForNotificationWithTimeout(farewell_)) {
        loop_.stop();
      }
      thread_.join();
    }
  }

  // `input` and `output` are one socket: what the client sends, and what goes to it.
  absl::Status Start(const EngineRequest& request, sys::Fd client, sys::Fd input, sys::Fd output) {
    TcpSocket socket(loop_);
    ErrorCode error;
    socket.assign(asio::ip::tcp::v4(), client.get(), error);  // in fact a unix socket
    if (error) {
      return absl::InternalError("a client's socket cannot be watched");
    }
    (void)client.Release();
    input_ = std::move(input);
    output_ = std::move(output);
    AcceptWebSocket(loop_, std::move(socket), UpgradeOf(request),
                    {.protocol = "", .text = false, .idle_timeout = kSilence},
                    [this](std::shared_ptr<Transport> accepted) { Begin(std::move(accepted)); });
    ASSIGN_OR_RETURN(thread_, StartThread("websocket", [this] {
                       loop_.run();
                       ended_.Notify();
                     }));
    return absl::OkStatus();
  }

 private:
  void Begin(std::shared_ptr<Transport> accepted) {
    if (accepted == nullptr) {  // it has been told why
      input_ = sys::Fd();
      output_ = sys::Fd();
      return;
    }
    transport_ = std::move(accepted);
    writer_->Open(std::move(input_));
    reader_->Open(
        std::move(output_), [this](absl::string_view bytes) { Send(bytes); },
        [this](const ErrorCode&) { transport_->Finish(); });
    transport_->Start(*this);
    reader_->ReadMore();
  }

  void Send(absl::string_view bytes) {
    transport_->Write(std::string(bytes));
    if (!transport_->congested()) {
      reader_->ReadMore();
    }
  }

  void OnTaken() {
    if (transport_ != nullptr && !writer_->full()) {
      transport_->Resume();
    }
  }

  void OnBytes(absl::string_view bytes) override {
    writer_->Push(bytes);
    if (writer_->full()) {
      transport_->Pause();
    }
  }
  void OnDrained() override { reader_->ReadMore(); }
  // What it has sent before it left is still taken, for a while. A stream of Beast's has a timer of
  // its own for a farewell, by which it would hold the loop for as long as anyone holds the stream.
  void OnClosed() override {
    transport_ = nullptr;
    reader_->Close();
    timer_.expires_after(absl::ToChronoMilliseconds(farewell_));
    timer_.async_wait([this](const ErrorCode& error) {
      if (!error) {
        writer_->Close();
      }
    });
    writer_->End([this] { timer_.cancel(); });
  }

  const absl::Duration farewell_;
  asio::io_context loop_;
  asio::steady_timer timer_;
  const std::shared_ptr<DescriptorReader> reader_;
  const std::shared_ptr<DescriptorWriter> writer_;
  std::shared_ptr<Transport> transport_;
  sys::Fd input_, output_;  // until the handshake
  absl::Notification ended_;
  std::thread thread_;
};

WebSocketBridge::WebSocketBridge(sys::Fd ours, absl::Duration farewell)
    : ours_(std::move(ours)), session_(std::make_unique<Session>(farewell)) {}

WebSocketBridge::~WebSocketBridge() {
  ours_ = sys::Fd();
}

absl::StatusOr<std::unique_ptr<WebSocketBridge>> WebSocketBridge::Open(const EngineRequest& request,
                                                                       int client,
                                                                       absl::Duration farewell) {
  ASSIGN_OR_RETURN(sys::SocketPair pair,
                   ToStatusOr(sys::MakeSocketPair(SOCK_STREAM), "make a pair of sockets"));
  ASSIGN_OR_RETURN(sys::Fd copy, Duplicate(client));
  ASSIGN_OR_RETURN(sys::Fd output, Duplicate(pair.second.get()));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  std::unique_ptr<WebSocketBridge> bridge(new WebSocketBridge(std::move(pair.first), farewell));
  RETURN_IF_ERROR(
      bridge->session_->Start(request, std::move(copy), std::move(pair.second), std::move(output)));
  return bridge;
}

}  // namespace berth::cri
