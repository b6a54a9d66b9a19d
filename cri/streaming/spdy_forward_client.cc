// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"

#include "cri/streaming/forward_client.h"
#include "cri/streaming/spdy_connection.h"

namespace berth::cri {
namespace {

constexpr std::chrono::seconds kPairingTime{30};
constexpr size_t kMaxRequestId = 64;
constexpr uint32_t kNextStream = 2;  // a client numbers its streams by odd numbers

std::string Header(const SpdyHeaders& headers, absl::string_view name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

// The port that a stream is for; nothing when its header names none.
std::optional<uint16_t> PortOf(const SpdyHeaders& headers) {
  uint32_t port = 0;
  if (!absl::SimpleAtoi(Header(headers, "port"), &port) || port == 0 || port > UINT16_MAX) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(port);
}

// A connection has the number of its data stream. The pair is known by the header "requestid", and
// where a client has none, by the number of the error stream, which comes first.
class SpdyForwardClient final : public ForwardClient, private SpdyConnection::Listener {
 public:
  SpdyForwardClient(asio::io_context& loop, std::shared_ptr<Transport> transport)
      : loop_(loop), connection_(std::move(transport), *this) {}

  void Start(ForwardClient::Listener& listener) override {
    listener_ = &listener;
    connection_.Start();
  }

  void Send(uint32_t connection, absl::string_view bytes) override {
    connection_.Send(connection, bytes, false);
  }
  void End(uint32_t connection) override { connection_.Send(connection, "", true); }

  void Reset(uint32_t connection, absl::string_view text) override {
    const auto open = open_.extract(connection);
    if (open.empty()) {
      return;
    }
    if (text.empty()) {
      connection_.Reset(open.mapped(), SpdyResetStatus::kCancel);
    } else {
      connection_.Send(open.mapped(), text, true);
    }
    connection_.Reset(connection, SpdyResetStatus::kCancel);
  }

  void Forget(uint32_t connection) override {
    if (const auto open = open_.extract(connection); !open.empty()) {
      connection_.Send(open.mapped(), "", true);
    }
  }

  bool has_half_closes() const override { return true; }

  bool congested() const override { return connection_.congested(); }
  void Pause() override { connection_.Pause(); }
  void Resume() override { connection_.Resume(); }

 private:
  // A stream that waits for the other one of its pair.
  struct Half {
    Half(asio::io_context& loop, uint32_t number) : stream(number), timer(loop) {}
    uint32_t stream;
    bool is_data = false;
    uint16_t port = 0;
    asio::steady_timer timer;
  };

  // SpdyConnection::Listener
  void OnStreamOpened(uint32_t stream, const SpdyHeaders& headers) override {
    const std::string type = Header(headers, "streamtype");
    const std::optional<uint16_t> port = PortOf(headers);
    std::string key = Header(headers, "requestid");
    if (!port.has_value() || (type != "data" && type != "error") || key.size() > kMaxRequestId) {
      connection_.Reset(stream, SpdyResetStatus::kRefusedStream);
      return;
    }
    const bool is_data = type == "data";
    if (key.empty()) {
      key = "#" + std::to_string(is_data ? stream - kNextStream : stream);
    }
    connection_.Reply(stream);
    const auto other = halves_.find(key);
    if (other == halves_.end()) {
      AwaitOther(key, stream, is_data, *port);
    } else if (other->second.is_data == is_data || other->second.port != *port) {
      connection_.Reset(stream, SpdyResetStatus::kProtocolError);
    } else {
      const uint32_t data = is_data ? stream : other->second.stream;
      open_[data] = is_data ? other->second.stream : stream;
      halves_.erase(other);
      listener_->OnOpen(data, *port);
    }
  }

  void AwaitOther(const std::string& key, uint32_t stream, bool is_data, uint16_t port) {
    Half& half = halves_.try_emplace(key, loop_, stream).first->second;
    half.is_data = is_data;
    half.port = port;
    half.timer.expires_after(kPairingTime);
    half.timer.async_wait(
        [this, alive = std::weak_ptr<int>(alive_), key, stream](const ErrorCode& error) {
          if (!error && !alive.expired()) {
            GiveUp(key, stream);
          }
        });
  }

  void GiveUp(const std::string& key, uint32_t stream) {
    const auto half = halves_.find(key);
    if (half != halves_.end() && half->second.stream == stream) {
      halves_.erase(half);
      connection_.Reset(stream, SpdyResetStatus::kCancel);
    }
  }

  void OnData(uint32_t stream, absl::string_view bytes) override {
    if (open_.contains(stream)) {
      listener_->OnData(stream, bytes);
    }
  }

  void OnEnd(uint32_t stream) override {
    if (open_.contains(stream)) {
      listener_->OnEnd(stream);
    }
  }

  void OnReset(uint32_t stream, SpdyResetStatus) override {
    std::erase_if(halves_, [stream](const auto& half) { return half.second.stream == stream; });
    if (const auto open = open_.extract(stream); !open.empty()) {
      connection_.Reset(open.mapped(), SpdyResetStatus::kCancel);
      listener_->OnReset(stream);
    }
  }

  void OnGoAway() override {}
  void OnDrained() override { listener_->OnDrained(); }
  void OnClosed() override {
    halves_.clear();
    listener_->OnGone();
  }

  asio::io_context& loop_;
  SpdyConnection connection_;
  std::map<std::string, Half> halves_;
  std::map<uint32_t, uint32_t> open_;                           // data stream -> error stream
  const std::shared_ptr<int> alive_ = std::make_shared<int>();  // an expiry may come after the end
  ForwardClient::Listener* listener_ = nullptr;
};

}  // namespace

std::unique_ptr<ForwardClient> MakeSpdyForwardClient(asio::io_context& loop,
                                                     std::shared_ptr<Transport> transport) {
  return std::make_unique<SpdyForwardClient>(loop, std::move(transport));
}

}  // namespace berth::cri
