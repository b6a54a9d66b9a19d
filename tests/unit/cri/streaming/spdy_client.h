// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"

#include "cri/streaming/spdy_frames.h"
#include "cri/streaming/spdy_headers.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {

using Lines = std::vector<std::string>;

inline std::string Joined(const SpdyHeaders& headers) {
  return absl::StrJoin(headers, ",", absl::PairFormatter("="));
}

// What a client of SPDY puts on the wire and finds there.
class SpdyClient {
 public:
  std::string Open(uint32_t stream, const SpdyHeaders& headers = {}, bool fin = false) {
    SpdySynStream frame;
    frame.stream = stream;
    frame.fin = fin;
    const std::string block = packer_.Pack(FormatHeaderBlock(headers));
    frame.header_block = block;
    return Bytes(frame);
  }
  std::string Unidirectional(uint32_t stream) {
    std::string bytes = Open(stream);
    bytes[4] = '\x02';  // the flags
    return bytes;
  }
  std::string MoreHeaders(uint32_t stream, bool fin) {
    const std::string block = packer_.Pack(FormatHeaderBlock({{"more", "x"}}));
    return Bytes(SpdyMoreHeaders{stream, fin, block});
  }
  static std::string Data(uint32_t stream, absl::string_view bytes, bool fin = false) {
    return Bytes(SpdyDataFrame{stream, bytes, true, fin});
  }
  static std::string Reset(uint32_t stream) {
    return Bytes(SpdyReset{stream, SpdyResetStatus::kCancel});
  }
  static std::string Ping(uint32_t id) { return Bytes(SpdyPing{id}); }

  template <typename Frame>
  static std::string Bytes(const Frame& frame) {
    std::string bytes;
    AppendFrame(frame, bytes);
    return bytes;
  }

  // What the server put on the wire since the last time.
  Lines Read(absl::string_view output) {
    Lines lines;
    for (;;) {
      absl::StatusOr<std::optional<SpdyFrame>> frame = parser_.Next(output);
      EXPECT_THAT(frame, test::IsOk());
      if (!frame.ok() || !*frame) {
        return lines;
      }
      lines.push_back(std::visit([this](const auto& known) { return Words(known); }, **frame));
    }
  }

 private:
  std::string Words(const SpdySynReply& frame) {
    const auto plain = unpacker_.Unpack(frame.header_block);
    EXPECT_THAT(plain, test::IsOk());
    return absl::StrCat("reply ", frame.stream, Joined(*ParseHeaderBlock(*plain)));
  }
  static std::string Words(const SpdyReset& frame) {
    return absl::StrCat("reset ", frame.stream, " ", static_cast<uint32_t>(frame.status));
  }
  static std::string Words(const SpdyPing& frame) { return absl::StrCat("ping ", frame.id); }
  static std::string Words(const SpdyGoAway& frame) {
    return absl::StrCat("goaway ", frame.last_good_stream, " ",
                        static_cast<uint32_t>(frame.status));
  }
  static std::string Words(const SpdyDataFrame& frame) {
    const std::string bytes = frame.bytes.size() > 20 ? absl::StrCat(frame.bytes.size(), " bytes")
                                                      : std::string(frame.bytes);
    return absl::StrCat("data ", frame.stream, frame.fin ? " fin " : " ", bytes);
  }
  static std::string Words(const SpdySynStream&) { return "a stream of the server"; }
  static std::string Words(const SpdyMoreHeaders&) { return "headers"; }

  SpdyHeaderPacker packer_;
  SpdyHeaderUnpacker unpacker_;
  SpdyFrameParser parser_;
};

}  // namespace berth::cri
