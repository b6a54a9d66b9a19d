// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "cri/streaming/command_client.h"
#include "cri/streaming/spdy_connection.h"

namespace berth::cri {
namespace {

constexpr std::chrono::seconds kOpeningTime{30};
constexpr int kFirstWithResize = 3;
constexpr char kStreamType[] = "streamtype";

std::optional<Channel> ChannelOf(const SpdyHeaders& headers) {
  constexpr std::pair<const char*, Channel> kNames[] = {{"stdin", Channel::kInput},
                                                        {"stdout", Channel::kOutput},
                                                        {"stderr", Channel::kError},
                                                        {"error", Channel::kStatus},
                                                        {"resize", Channel::kResize}};
  const auto type = headers.find(kStreamType);
  for (const auto& [name, channel] : kNames) {
    if (type != headers.end() && type->second == name) {
      return channel;
    }
  }
  return std::nullopt;
}

class SpdyCommandClient final : public CommandClient, private SpdyConnection::Listener {
 public:
  SpdyCommandClient(asio::io_context& loop, std::shared_ptr<Transport> transport,
                    const runtime::StreamChoice& streams, int version)
      : version_(version), connection_(std::move(transport), *this), timer_(loop) {
    StateOf(Channel::kInput).wanted = streams.input;
    StateOf(Channel::kOutput).wanted = streams.output;
    StateOf(Channel::kError).wanted = streams.error;
    StateOf(Channel::kStatus).wanted = true;
    StateOf(Channel::kResize).wanted = streams.terminal && version >= kFirstWithResize;
  }

  void Start(CommandClient::Listener& listener) override {
    listener_ = &listener;
    timer_.expires_after(kOpeningTime);
    timer_.async_wait([this, alive = std::weak_ptr<int>(alive_)](const ErrorCode& error) {
      if (!error && !alive.expired()) {
        connection_.Abort();
      }
    });
    connection_.Start();
  }

  void TellOpen() override {}

  void Send(Channel channel, absl::string_view bytes) override {
    connection_.Send(StateOf(channel).stream, bytes, false);
  }

  void End(Channel channel) override { connection_.Send(StateOf(channel).stream, "", true); }

  bool congested() const override { return connection_.congested(); }
  void Pause() override { connection_.Pause(); }
  void Resume() override { connection_.Resume(); }

  // Clients read the status when they have read the rest to its end.
  void Finish(absl::string_view status) override {
    for (const Channel channel :
         {Channel::kOutput, Channel::kError, Channel::kInput, Channel::kResize}) {
      End(channel);
    }
    connection_.Send(StateOf(Channel::kStatus).stream, status, true);
    connection_.Finish();
  }

  int version() const override { return version_; }

 private:
  struct State {
    bool wanted = false;
    uint32_t stream = 0;  // 0: not open yet
  };
  State& StateOf(Channel channel) { return channels_[static_cast<size_t>(channel)]; }

  // SpdyConnection::Listener
  void OnStreamOpened(uint32_t stream, const SpdyHeaders& headers) override {
    const std::optional<Channel> channel = ChannelOf(headers);
    if (!channel.has_value() || !StateOf(*channel).wanted || StateOf(*channel).stream != 0) {
      connection_.Reset(stream, SpdyResetStatus::kRefusedStream);
      return;
    }
    StateOf(*channel).stream = stream;
    connection_.Reply(stream);
    for (const State& each : channels_) {
      if (each.wanted && each.stream == 0) {
        return;
      }
    }
    timer_.cancel();
    listener_->OnReady();
  }

  void OnData(uint32_t stream, absl::string_view bytes) override {
    if (const std::optional<Channel> channel = Find(stream); channel.has_value()) {
      listener_->OnData(*channel, bytes);
    }
  }

  void OnEnd(uint32_t stream) override {
    if (const std::optional<Channel> channel = Find(stream); channel.has_value()) {
      listener_->OnEnd(*channel);
    }
  }

  void OnReset(uint32_t stream, SpdyResetStatus) override { OnEnd(stream); }
  void OnGoAway() override {}
  void OnDrained() override { listener_->OnDrained(); }
  void OnClosed() override {
    timer_.cancel();
    listener_->OnGone();
  }

  std::optional<Channel> Find(uint32_t stream) const {
    for (size_t i = 0; i < channels_.size(); ++i) {
      if (channels_[i].stream == stream) {
        return static_cast<Channel>(i);
      }
    }
    return std::nullopt;
  }

  const int version_;
  std::array<State, kChannels> channels_;
  SpdyConnection connection_;
  asio::steady_timer timer_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();  // an expiry may come after the end
  CommandClient::Listener* listener_ = nullptr;
};

}  // namespace

std::unique_ptr<CommandClient> MakeSpdyCommandClient(asio::io_context& loop,
                                                     std::shared_ptr<Transport> transport,
                                                     const runtime::StreamChoice& streams,
                                                     int version) {
  return std::make_unique<SpdyCommandClient>(loop, std::move(transport), streams, version);
}

}  // namespace berth::cri
