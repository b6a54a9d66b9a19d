// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "cri/streaming/channel_messages.h"
#include "cri/streaming/command_client.h"

namespace berth::cri {
namespace {

constexpr int kFirstWithClose = 5;

class WebSocketCommandClient final : public CommandClient, private Transport::Listener {
 public:
  WebSocketCommandClient(std::shared_ptr<Transport> transport, const runtime::StreamChoice& streams,
                         int version, bool is_base64)
      : transport_(std::move(transport)),
        streams_(streams),
        version_(version),
        is_base64_(is_base64) {}
  ~WebSocketCommandClient() override { transport_->Close(); }

  void Start(CommandClient::Listener& listener) override {
    listener_ = &listener;
    transport_->Start(*this);
    listener_->OnReady();
  }

  // By an empty message.
  void TellOpen() override {
    Send(streams_.output  ? Channel::kOutput
         : streams_.error ? Channel::kError
                          : Channel::kStatus,
         "");
  }

  void Send(Channel channel, absl::string_view bytes) override {
    transport_->Write(WriteChannelMessage(static_cast<uint8_t>(channel), bytes, is_base64_));
  }

  void End(Channel) override {}  // the protocol has no word for it

  bool congested() const override { return transport_->congested(); }
  void Pause() override { transport_->Pause(); }
  void Resume() override { transport_->Resume(); }

  void Finish(absl::string_view status) override {
    if (!status.empty()) {
      Send(Channel::kStatus, status);
    }
    transport_->Finish();
  }

  int version() const override { return version_; }

 private:
  void OnBytes(absl::string_view bytes) override {
    const std::optional<ChannelMessage> message = ReadChannelMessage(bytes, is_base64_);
    if (!message.has_value()) {
      return;
    }
    if (message->channel == kCloseChannel && version_ >= kFirstWithClose) {
      if (message->bytes.size() == 1 && Accepts(static_cast<uint8_t>(message->bytes.front()))) {
        listener_->OnEnd(static_cast<Channel>(message->bytes.front()));
      }
    } else if (Accepts(message->channel)) {
      listener_->OnData(static_cast<Channel>(message->channel), message->bytes);
    }
  }

  bool Accepts(uint8_t channel) const {
    return (channel == static_cast<uint8_t>(Channel::kInput) && streams_.input) ||
           (channel == static_cast<uint8_t>(Channel::kResize) && streams_.terminal);
  }

  void OnDrained() override { listener_->OnDrained(); }
  void OnClosed() override { listener_->OnGone(); }

  const std::shared_ptr<Transport> transport_;
  const runtime::StreamChoice streams_;
  const int version_;
  const bool is_base64_;
  CommandClient::Listener* listener_ = nullptr;
};

}  // namespace

std::unique_ptr<CommandClient> MakeWebSocketCommandClient(std::shared_ptr<Transport> transport,
                                                          const runtime::StreamChoice& streams,
                                                          int version, bool is_base64) {
  return std::make_unique<WebSocketCommandClient>(std::move(transport), streams, version,
                                                  is_base64);
}

}  // namespace berth::cri
