// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_frames.h"

#include "absl/strings/str_cat.h"

#include "base/big_endian.h"
#include "base/status.h"

namespace berth::cri {
namespace {

constexpr uint32_t kVersion = 3;
constexpr uint32_t kControlBit = 0x80000000;
constexpr uint8_t kFin = 0x01;
constexpr uint8_t kUnidirectional = 0x02;
constexpr int kPriorityShift = 5;  // the top three bits of a byte
constexpr size_t kSynStreamFields = 10;
constexpr size_t kStreamField = 4;

enum Type : uint16_t {
  kSynStream = 1,
  kSynReply = 2,
  kReset = 3,
  kPing = 6,
  kGoAway = 7,
  kHeaders = 8,
};

bool IsOfInterest(uint16_t type) {
  return type == kSynStream || type == kSynReply || type == kReset || type == kPing ||
         type == kGoAway || type == kHeaders;
}

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed SPDY frame: ", what));
}

uint32_t StreamAt(absl::string_view payload, size_t offset) {
  return ReadUint32(payload, offset) & kMaxSpdyStreamId;
}

absl::StatusOr<SpdyFrame> ReadSynStream(uint8_t flags, absl::string_view payload) {
  if (payload.size() < kSynStreamFields) {
    return Malformed("SYN_STREAM is too short");
  }
  SpdySynStream frame;
  frame.stream = StreamAt(payload, 0);
  frame.associated_stream = StreamAt(payload, 4);
  frame.priority = static_cast<uint8_t>(static_cast<uint8_t>(payload[8]) >> kPriorityShift);
  frame.fin = (flags & kFin) != 0;
  frame.unidirectional = (flags & kUnidirectional) != 0;
  frame.header_block = payload.substr(kSynStreamFields);
  if (frame.stream == 0) {
    return Malformed("SYN_STREAM of stream 0");
  }
  return frame;
}

// SYN_REPLY and HEADERS differ in their type only.
template <typename Frame>
absl::StatusOr<SpdyFrame> ReadHeadersOf(uint8_t flags, absl::string_view payload) {
  if (payload.size() < kStreamField) {
    return Malformed("headers are too short");
  }
  Frame frame;
  frame.stream = StreamAt(payload, 0);
  frame.fin = (flags & kFin) != 0;
  frame.header_block = payload.substr(kStreamField);
  if (frame.stream == 0) {
    return Malformed("headers of stream 0");
  }
  return frame;
}

absl::StatusOr<SpdyFrame> ReadReset(absl::string_view payload) {
  if (payload.size() != 8) {
    return Malformed("RST_STREAM's length");
  }
  const uint32_t stream = StreamAt(payload, 0);
  const uint32_t status = ReadUint32(payload, 4);
  if (stream == 0 || status == 0) {
    return Malformed("RST_STREAM with a zero");
  }
  return SpdyReset{stream, static_cast<SpdyResetStatus>(status)};
}

absl::StatusOr<SpdyFrame> ReadPing(absl::string_view payload) {
  if (payload.size() != 4) {
    return Malformed("PING's length");
  }
  return SpdyPing{ReadUint32(payload, 0)};
}

absl::StatusOr<SpdyFrame> ReadGoAway(absl::string_view payload) {
  if (payload.size() != 8) {
    return Malformed("GOAWAY's length");
  }
  return SpdyGoAway{StreamAt(payload, 0), static_cast<SpdyGoAwayStatus>(ReadUint32(payload, 4))};
}

absl::StatusOr<SpdyFrame> ReadControl(uint16_t type, uint8_t flags, absl::string_view payload) {
  switch (type) {
    case kSynStream:
      return ReadSynStream(flags, payload);
    case kSynReply:
      return ReadHeadersOf<SpdySynReply>(flags, payload);
    case kReset:
      return ReadReset(payload);
    case kPing:
      return ReadPing(payload);
    case kGoAway:
      return ReadGoAway(payload);
    default:
      return ReadHeadersOf<SpdyMoreHeaders>(flags, payload);
  }
}

void AppendHead(uint32_t first_word, uint8_t flags, size_t size, std::string& out) {
  AppendUint32(first_word, out);
  AppendUint32(static_cast<uint32_t>(flags) << 24 | static_cast<uint32_t>(size), out);
}

void AppendControlHead(Type type, uint8_t flags, size_t size, std::string& out) {
  AppendHead(kControlBit | kVersion << 16 | type, flags, size, out);
}

void AppendHeaders(Type type, uint32_t stream, bool fin, absl::string_view block,
                   std::string& out) {
  AppendControlHead(type, fin ? kFin : 0, kStreamField + block.size(), out);
  AppendUint32(stream, out);
  absl::StrAppend(&out, block);
}

}  // namespace

void AppendFrame(const SpdySynStream& frame, std::string& out) {
  const int flags = (frame.fin ? kFin : 0) | (frame.unidirectional ? kUnidirectional : 0);
  AppendControlHead(kSynStream, static_cast<uint8_t>(flags),
                    kSynStreamFields + frame.header_block.size(), out);
  AppendUint32(frame.stream, out);
  AppendUint32(frame.associated_stream, out);
  out.push_back(static_cast<char>(frame.priority << kPriorityShift));
  out.push_back(0);  // the slot of a certificate
  absl::StrAppend(&out, frame.header_block);
}

void AppendFrame(const SpdySynReply& frame, std::string& out) {
  AppendHeaders(kSynReply, frame.stream, frame.fin, frame.header_block, out);
}

void AppendFrame(const SpdyReset& frame, std::string& out) {
  AppendControlHead(kReset, 0, 8, out);
  AppendUint32(frame.stream, out);
  AppendUint32(static_cast<uint32_t>(frame.status), out);
}

void AppendFrame(const SpdyPing& frame, std::string& out) {
  AppendControlHead(kPing, 0, 4, out);
  AppendUint32(frame.id, out);
}

void AppendFrame(const SpdyGoAway& frame, std::string& out) {
  AppendControlHead(kGoAway, 0, 8, out);
  AppendUint32(frame.last_good_stream, out);
  AppendUint32(static_cast<uint32_t>(frame.status), out);
}

void AppendFrame(const SpdyMoreHeaders& frame, std::string& out) {
  AppendHeaders(kHeaders, frame.stream, frame.fin, frame.header_block, out);
}

void AppendFrame(const SpdyDataFrame& frame, std::string& out) {
  AppendHead(frame.stream, frame.fin ? kFin : 0, frame.bytes.size(), out);
  absl::StrAppend(&out, frame.bytes);
}

absl::StatusOr<std::optional<SpdyFrame>> SpdyFrameParser::Next(absl::string_view& input) {
  for (;;) {
    switch (part_) {
      case Part::kHead:
        if (!Collect(input, head_)) {
          return std::nullopt;
        }
        RETURN_IF_ERROR(ReadHead());
        break;
      case Part::kControl: {
        if (!Collect(input, payload_)) {
          return std::nullopt;
        }
        BeginHead();
        ASSIGN_OR_RETURN(SpdyFrame frame, ReadControl(type_, flags_, payload_));
        return frame;
      }
      case Part::kPassedOver:
        Take(input);
        if (left_ > 0) {
          return std::nullopt;
        }
        BeginHead();
        break;
      case Part::kData:
        if (left_ > 0 && input.empty()) {
          return std::nullopt;
        }
        return SpdyFrame(TakeData(input));
    }
  }
}

absl::string_view SpdyFrameParser::Take(absl::string_view& input) {
  const absl::string_view taken = input.substr(0, left_);
  input.remove_prefix(taken.size());
  left_ -= taken.size();
  return taken;
}

bool SpdyFrameParser::Collect(absl::string_view& input, std::string& collected) {
  absl::StrAppend(&collected, Take(input));
  return left_ == 0;
}

void SpdyFrameParser::BeginHead() {
  part_ = Part::kHead;
  left_ = kSpdyFrameHead;
}

absl::Status SpdyFrameParser::ReadHead() {
  const uint32_t first = ReadUint32(head_, 0);
  const uint32_t second = ReadUint32(head_, 4);
  head_.clear();
  flags_ = static_cast<uint8_t>(second >> 24);
  left_ = second & kMaxSpdyDataFrame;
  if ((first & kControlBit) == 0) {
    part_ = Part::kData;
    stream_ = first;
    begins_frame_ = true;
    return stream_ == 0 ? Malformed("data of stream 0") : absl::OkStatus();
  }
  if ((first >> 16 & 0x7fff) != kVersion) {
    return Malformed("its version is not 3");
  }
  if (left_ > kMaxSpdyControlFrame) {
    return absl::ResourceExhaustedError(absl::StrCat("a SPDY control frame of ", left_, " bytes"));
  }
  type_ = static_cast<uint16_t>(first & 0xffff);
  part_ = IsOfInterest(type_) ? Part::kControl : Part::kPassedOver;
  payload_.clear();
  return absl::OkStatus();
}

SpdyDataFrame SpdyFrameParser::TakeData(absl::string_view& input) {
  SpdyDataFrame piece;
  piece.stream = stream_;
  piece.begins_frame = begins_frame_;
  piece.bytes = Take(input);
  begins_frame_ = false;
  if (left_ == 0) {
    piece.fin = (flags_ & kFin) != 0;
    BeginHead();
  }
  return piece;
}

}  // namespace berth::cri
