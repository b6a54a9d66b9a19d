// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// What travels on the socket of a plugin: one trunk carries two connections of ttrpc, in frames
// with the number of the connection and their length; a connection carries messages, each with a
// length, a stream and a type. All numbers are big-endian. Pure.
namespace berth::nri {

inline constexpr size_t kMaxMessagePayload = 4 << 20;
inline constexpr size_t kMessageHeader = 10;
inline constexpr size_t kTrunkHeader = 8;

inline constexpr uint32_t kPluginConnection = 1;   // the runtime calls
inline constexpr uint32_t kRuntimeConnection = 2;  // the plugin calls

enum class MessageType : uint8_t { kRequest = 1, kResponse = 2 };

struct Message {
  uint32_t connection = 0;
  uint32_t stream = 0;  // odd; the answer has the number of its request
  MessageType type = MessageType::kRequest;
  std::string payload;  // ttrpc.Request or ttrpc.Response, serialized
};

// The trunk's bytes of one message. The payload must fit.
std::string EncodeMessage(const Message& message);

// Finds the messages in what is read from a trunk. Holds no more than what has come in, and of each
// connection at most one message.
class TrunkParser {
 public:
  // Appends the messages that are whole now. Frames of connections that nobody has are skipped.
  // InvalidArgument when the peer speaks something else; of no use afterwards.
  absl::Status Feed(absl::string_view bytes, std::vector<Message>& messages);

 private:
  struct Connection {
    uint32_t number;
    std::string buffer;  // of the message that is coming in, header and all
  };

  absl::Status TakeHeader(absl::string_view& bytes);
  absl::Status TakeMessages(Connection& connection, std::vector<Message>& messages);

  std::string header_;  // of the frame that is coming in
  uint32_t frame_connection_ = 0;
  size_t frame_left_ = 0;
  Connection connections_[2] = {{kPluginConnection, {}}, {kRuntimeConnection, {}}};
};

}  // namespace berth::nri
