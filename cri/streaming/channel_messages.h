// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// The messages of the channel.k8s.io subprotocols of WebSocket: a channel and its bytes. Binary
// ones are led by the channel as a byte; base64 ones are text, led by it as a digit.
namespace berth::cri {

inline constexpr uint8_t kCloseChannel = 255;  // from version 5 on: closes the channel it names

struct ChannelMessage {
  uint8_t channel = 0;
  std::string bytes;
};

// Nothing for a message that is empty or not base64 where it should be. Pure.
std::optional<ChannelMessage> ReadChannelMessage(absl::string_view message, bool is_base64);

std::string WriteChannelMessage(uint8_t channel, absl::string_view bytes, bool is_base64);

}  // namespace berth::cri
