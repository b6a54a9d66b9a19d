// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "cri/streaming/channel_messages.h"
#include "cri/streaming/forward_client.h"

namespace berth::cri {
namespace {

// Of port n of the list, channel 2n carries data and 2n + 1 an error text.
class WebSocketForwardClient final : public ForwardClient, private Transport::Listener {
 public:
  WebSocketForwardClient(std::shared_ptr<Transport> transport, std::vector<uint16_t> ports,
                         bool is_base64)
      : transport_(std::move(transport)), ports_(std::move(ports)), is_base64_(is_base64) {}
  ~WebSocketForwardClient() override { transport_->Close(); }

  // The first bytes on each channel are its port.
  void Start(ForwardClient::Listener& listener) override {
    listener_ = &listener;
    transport_->Start(*this);
    for (uint32_t i = 0; i < ports_.size(); ++i) {
      const char port[] = {static_cast<char>(ports_[i] & 0xff), static_cast<char>(ports_[i] >> 8)};
      SendOn(2 * i, {port, sizeof(port)});
      SendOn(2 * i + 1, {port, sizeof(port)});
    }
    for (uint32_t i = 0; i < ports_.size(); ++i) {
      listener_->OnOpen(i, ports_[i]);
    }
  }

  void Send(uint32_t connection, absl::string_view bytes) override {
    SendOn(2 * connection, bytes);
  }

  // The protocol has no word for the end of one.
  void End(uint32_t) override {}
  void Forget(uint32_t) override { EndOne(); }
  bool has_half_closes() const override { return false; }

  void Reset(uint32_t connection, absl::string_view text) override {
    if (!text.empty()) {
      SendOn(2 * connection + 1, text);
    }
    EndOne();
  }

  bool congested() const override { return transport_->congested(); }
  void Pause() override { transport_->Pause(); }
  void Resume() override { transport_->Resume(); }

 private:
  void SendOn(uint32_t channel, absl::string_view bytes) {
    transport_->Write(WriteChannelMessage(static_cast<uint8_t>(channel), bytes, is_base64_));
  }

  void EndOne() {
    if (++ended_ == ports_.size()) {
      transport_->Finish();
    }
  }

  void OnBytes(absl::string_view bytes) override {
    const std::optional<ChannelMessage> message = ReadChannelMessage(bytes, is_base64_);
    if (message.has_value() && message->channel % 2 == 0 && message->channel / 2u < ports_.size()) {
      listener_->OnData(message->channel / 2u, message->bytes);
    }
  }

  void OnDrained() override { listener_->OnDrained(); }
  void OnClosed() override { listener_->OnGone(); }

  const std::shared_ptr<Transport> transport_;
  const std::vector<uint16_t> ports_;
  const bool is_base64_;
  size_t ended_ = 0;
  ForwardClient::Listener* listener_ = nullptr;
};

}  // namespace

std::unique_ptr<ForwardClient> MakeWebSocketForwardClient(std::shared_ptr<Transport> transport,
                                                          std::vector<uint16_t> ports,
                                                          bool is_base64) {
  return std::make_unique<WebSocketForwardClient>(std::move(transport), std::move(ports),
                                                  is_base64);
}

}  // namespace berth::cri
