// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cri {

// The payload of a control frame; a larger frame is refused before any of it is kept.
inline constexpr size_t kMaxSpdyControlFrame = 64 << 10;
inline constexpr size_t kMaxSpdyDataFrame = (1 << 24) - 1;  // its length has 24 bits
inline constexpr size_t kSpdyFrameHead = 8;
inline constexpr uint32_t kMaxSpdyStreamId = 0x7fffffff;

// Why a stream was reset. Others may come from a peer.
enum class SpdyResetStatus : uint32_t {
  kProtocolError = 1,
  kInvalidStream = 2,
  kRefusedStream = 3,
  kUnsupportedVersion = 4,
  kCancel = 5,
  kInternalError = 6,
  kFlowControlError = 7,
  kStreamInUse = 8,
  kStreamAlreadyClosed = 9,
  kFrameTooLarge = 11,
};

enum class SpdyGoAwayStatus : uint32_t { kOk = 0, kProtocolError = 1, kInternalError = 2 };

// The frames of SPDY/3.1 that something is done about. Header blocks are as on the wire (see
// spdy_headers.h).
struct SpdySynStream {
  uint32_t stream = 0;
  uint32_t associated_stream = 0;
  uint8_t priority = 0;  // 0 to 7
  bool fin = false;
  bool unidirectional = false;
  absl::string_view header_block;
};

struct SpdySynReply {
  uint32_t stream = 0;
  bool fin = false;
  absl::string_view header_block;
};

struct SpdyReset {
  uint32_t stream = 0;
  SpdyResetStatus status = SpdyResetStatus::kCancel;
};

struct SpdyPing {
  uint32_t id = 0;
};

struct SpdyGoAway {
  uint32_t last_good_stream = 0;
  SpdyGoAwayStatus status = SpdyGoAwayStatus::kOk;
};

struct SpdyMoreHeaders {  // HEADERS
  uint32_t stream = 0;
  bool fin = false;
  absl::string_view header_block;
};

// A data frame, or a piece of one.
struct SpdyDataFrame {
  uint32_t stream = 0;
  absl::string_view bytes;
  bool begins_frame = true;
  bool fin = false;  // of a frame in pieces, only the last has it
};

using SpdyFrame = std::variant<SpdySynStream, SpdySynReply, SpdyReset, SpdyPing, SpdyGoAway,
                               SpdyMoreHeaders, SpdyDataFrame>;

// Appends a frame to `out`. Payloads must be within the limits above.
void AppendFrame(const SpdySynStream& frame, std::string& out);
void AppendFrame(const SpdySynReply& frame, std::string& out);
void AppendFrame(const SpdyReset& frame, std::string& out);
void AppendFrame(const SpdyPing& frame, std::string& out);
void AppendFrame(const SpdyGoAway& frame, std::string& out);
void AppendFrame(const SpdyMoreHeaders& frame, std::string& out);
void AppendFrame(const SpdyDataFrame& frame, std::string& out);

// Takes frames from a stream of bytes that arrives in whatever pieces. A control frame waits until
// it is whole, in at most kMaxSpdyControlFrame bytes; data is handed on as it comes. SETTINGS,
// WINDOW_UPDATE and frames of unknown types are passed over.
class SpdyFrameParser {
 public:
  // The next frame, with what it took removed from the front of `input`; nothing when `input` is
  // used up. The frame's views point into `input` or into the parser, until the next call.
  // InvalidArgument when it is malformed, ResourceExhausted when it is too large; then there is
  // no telling where the next one begins.
  absl::StatusOr<std::optional<SpdyFrame>> Next(absl::string_view& input);

 private:
  enum class Part { kHead, kControl, kPassedOver, kData };

  absl::string_view Take(absl::string_view& input);
  bool Collect(absl::string_view& input, std::string& collected);
  void BeginHead();
  absl::Status ReadHead();
  SpdyDataFrame TakeData(absl::string_view& input);

  Part part_ = Part::kHead;
  size_t left_ = kSpdyFrameHead;  // of that part, what is still to come
  std::string head_;
  std::string payload_;        // of a control frame
  uint16_t type_ = 0;          // of a control frame
  uint32_t stream_ = 0;        // of a data frame
  bool begins_frame_ = false;  // nothing of the data frame has been handed on
  uint8_t flags_ = 0;
};

}  // namespace berth::cri
