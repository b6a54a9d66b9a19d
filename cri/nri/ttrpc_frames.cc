// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/ttrpc_frames.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/big_endian.h"
#include "base/status.h"

namespace berth::nri {
namespace {

constexpr uint8_t kRemoteOpen = 2;  // more of the request follows
constexpr size_t kTypeOffset = 8;
constexpr size_t kFlagsOffset = 9;

// A Go plugin reads its connection through a buffer of this size, and a frame that does not fit
// where it reads to is an error to it: the first frame of a message fits into the buffer, and all
// the rest is one frame, as long as what it still waits for.
constexpr size_t kFirstFrame = 4096;

void AppendFrame(uint32_t connection, absl::string_view payload, std::string& bytes) {
  AppendUint32(connection, bytes);
  AppendUint32(static_cast<uint32_t>(payload.size()), bytes);
  absl::StrAppend(&bytes, payload);
}

absl::Status CheckHeader(absl::string_view header) {
  const uint32_t length = ReadUint32(header, 0);
  if (length > kMaxMessagePayload) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", length, " bytes"));
  }
  const auto type = static_cast<uint8_t>(header[kTypeOffset]);
  if (type != static_cast<uint8_t>(MessageType::kRequest) &&
      type != static_cast<uint8_t>(MessageType::kResponse)) {
    return absl::InvalidArgumentError(absl::StrCat("a message of type ", type));
  }
  if ((static_cast<uint8_t>(header[kFlagsOffset]) & kRemoteOpen) != 0) {
    return absl::InvalidArgumentError("a streaming call");
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeMessage(const Message& message) {
  std::string content;
  content.reserve(kMessageHeader + message.payload.size());
  AppendUint32(static_cast<uint32_t>(message.payload.size()), content);
  AppendUint32(message.stream, content);
  content.push_back(static_cast<char>(message.type));
  content.push_back(0);  // flags
  content.append(message.payload);

  std::string bytes;
  bytes.reserve(content.size() + 2 * kTrunkHeader);
  const absl::string_view rest = content;
  AppendFrame(message.connection, rest.substr(0, kFirstFrame), bytes);
  if (rest.size() > kFirstFrame) {
    AppendFrame(message.connection, rest.substr(kFirstFrame), bytes);
  }
  return bytes;
}

absl::Status TrunkParser::TakeHeader(absl::string_view& bytes) {
  const size_t missing = std::min(kTrunkHeader - header_.size(), bytes.size());
  absl::StrAppend(&header_, bytes.substr(0, missing));
  bytes.remove_prefix(missing);
  if (header_.size() < kTrunkHeader) {
    return absl::OkStatus();
  }
  frame_connection_ = ReadUint32(header_, 0);
  frame_left_ = ReadUint32(header_, sizeof(uint32_t));
  header_.clear();
  if (frame_left_ > kMessageHeader + kMaxMessagePayload) {
    return absl::InvalidArgumentError(absl::StrCat("a frame of ", frame_left_, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status TrunkParser::TakeMessages(Connection& connection, std::vector<Message>& messages) {
  absl::string_view rest = connection.buffer;
  while (rest.size() >= kMessageHeader) {
    RETURN_IF_ERROR(CheckHeader(rest));
    const size_t length = ReadUint32(rest, 0);
    if (rest.size() < kMessageHeader + length) {
      break;
    }
    messages.push_back({.connection = connection.number,
                        .stream = ReadUint32(rest, sizeof(uint32_t)),
                        .type = static_cast<MessageType>(rest[kTypeOffset]),
                        .payload = std::string(rest.substr(kMessageHeader, length))});
    rest.remove_prefix(kMessageHeader + length);
  }
  connection.buffer.erase(0, connection.buffer.size() - rest.size());
  return absl::OkStatus();
}

absl::Status TrunkParser::Feed(absl::string_view bytes, std::vector<Message>& messages) {
  while (!bytes.empty()) {
    if (frame_left_ == 0) {
      RETURN_IF_ERROR(TakeHeader(bytes));
      continue;
    }
    const absl::string_view part = bytes.substr(0, frame_left_);
    bytes.remove_prefix(part.size());
    frame_left_ -= part.size();
    const auto connection =
        std::find_if(std::begin(connections_), std::end(connections_),
                     [&](const Connection& one) { return one.number == frame_connection_; });
    if (connection != std::end(connections_)) {
      absl::StrAppend(&connection->buffer, part);
      RETURN_IF_ERROR(TakeMessages(*connection, messages));
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::nri
