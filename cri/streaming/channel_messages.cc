// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/channel_messages.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace berth::cri {

std::optional<ChannelMessage> ReadChannelMessage(absl::string_view message, bool is_base64) {
  if (message.empty()) {
    return std::nullopt;
  }
  ChannelMessage read{static_cast<uint8_t>(message.front()), ""};
  message.remove_prefix(1);
  if (!is_base64) {
    read.bytes = std::string(message);
    return read;
  }
  read.channel = static_cast<uint8_t>(read.channel - '0');
  if (!absl::Base64Unescape(message, &read.bytes)) {
    return std::nullopt;
  }
  return read;
}

std::string WriteChannelMessage(uint8_t channel, absl::string_view bytes, bool is_base64) {
  if (is_base64) {
    return absl::StrCat(std::string(1, static_cast<char>('0' + channel)),
                        absl::Base64Escape(bytes));
  }
  return absl::StrCat(std::string(1, static_cast<char>(channel)), bytes);
}

}  // namespace berth::cri
