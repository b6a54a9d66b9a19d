// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_frames.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// How a frame reads in what follows.
struct Words {
  std::string operator()(const SpdySynStream& frame) const {
    return absl::StrCat("syn ", frame.stream, "<", frame.associated_stream, " p", frame.priority,
                        frame.fin ? " fin" : "", frame.unidirectional ? " uni" : "", " ",
                        frame.header_block);
  }
  std::string operator()(const SpdySynReply& frame) const {
    return absl::StrCat("reply ", frame.stream, frame.fin ? " fin" : "", " ", frame.header_block);
  }
  std::string operator()(const SpdyReset& frame) const {
    return absl::StrCat("reset ", frame.stream, " ", static_cast<uint32_t>(frame.status));
  }
  std::string operator()(const SpdyPing& frame) const { return absl::StrCat("ping ", frame.id); }
  std::string operator()(const SpdyGoAway& frame) const {
    return absl::StrCat("goaway ", frame.last_good_stream, " ",
                        static_cast<uint32_t>(frame.status));
  }
  std::string operator()(const SpdyMoreHeaders& frame) const {
    return absl::StrCat("headers ", frame.stream, frame.fin ? " fin" : "", " ", frame.header_block);
  }
  std::string operator()(const SpdyDataFrame& frame) const {
    return absl::StrCat(frame.begins_frame ? "data " : "more ", frame.stream,
                        frame.fin ? " fin" : "", " ", frame.bytes);
  }
};

// All frames of `bytes` when it arrives in pieces of `piece` bytes, or the first error.
absl::StatusOr<std::vector<std::string>> Parse(absl::string_view bytes,
                                               size_t piece = absl::string_view::npos) {
  SpdyFrameParser parser;
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    absl::string_view input = bytes.substr(0, piece);
    bytes.remove_prefix(input.size());
    for (;;) {
      absl::StatusOr<std::optional<SpdyFrame>> frame = parser.Next(input);
      if (!frame.ok()) {
        return frame.status();
      }
      if (!*frame) {
        EXPECT_THAT(input, IsEmpty());
        break;
      }
      frames.push_back(std::visit(Words(), **frame));
    }
  }
  return frames;
}

template <typename Frame>
std::string Bytes(const Frame& frame) {
  std::string bytes;
  AppendFrame(frame, bytes);
  return bytes;
}

std::string OneOfEach() {
  return absl::StrCat(
      Bytes(SpdySynStream{1, 7, 5, true, true, "block"}), Bytes(SpdySynReply{3, true, "b"}),
      Bytes(SpdyReset{kMaxSpdyStreamId, SpdyResetStatus::kFrameTooLarge}),
      Bytes(SpdyPing{0xfffffffe}), Bytes(SpdyGoAway{9, SpdyGoAwayStatus::kInternalError}),
      Bytes(SpdyMoreHeaders{11, false, ""}), Bytes(SpdyDataFrame{13, "x", true, true}),
      Bytes(SpdyDataFrame{13, "", true, false}));
}

TEST(SpdyFrames, AreReadAsTheyWereWritten) {
  const auto frames = Parse(OneOfEach());
  ASSERT_THAT(frames, IsOk());
  EXPECT_THAT(*frames, ElementsAre("syn 1<7 p5 fin uni block", "reply 3 fin b",
                                   "reset 2147483647 11", "ping 4294967294", "goaway 9 2",
                                   "headers 11 ", "data 13 fin x", "data 13 "));
}

TEST(SpdyFrames, MayArriveInPiecesOfAnySize) {
  const auto whole = Parse(OneOfEach());
  for (size_t piece = 1; piece < 40; ++piece) {
    const auto frames = Parse(OneOfEach(), piece);
    ASSERT_THAT(frames, IsOk());
    EXPECT_EQ(*frames, *whole) << piece;
  }
}

TEST(SpdyFrames, LookAsTheStandardSays) {
  const struct {
    std::string bytes;
    std::string hex;
  } kCases[] = {
      {Bytes(SpdySynStream{1, 0, 7, true, false, "hb"}),
       "800300010100000c0000000100000000e0006862"},
      {Bytes(SpdySynReply{1, false, "hb"}), "8003000200000006000000016862"},
      {Bytes(SpdyReset{1, SpdyResetStatus::kCancel}), "80030003000000080000000100000005"},
      {Bytes(SpdyPing{1}), "800300060000000400000001"},
      {Bytes(SpdyGoAway{3, SpdyGoAwayStatus::kProtocolError}), "80030007000000080000000300000001"},
      {Bytes(SpdyMoreHeaders{1, true, "hb"}), "8003000801000006000000016862"},
      {Bytes(SpdyDataFrame{0x102, "abc", true, true}), "0000010201000003616263"},
  };
  for (const auto& test_case : kCases) {
    EXPECT_EQ(absl::BytesToHexString(test_case.bytes), test_case.hex);
  }
}

TEST(SpdyFrames, DataIsHandedOnAsItComes) {
  const std::string bytes = Bytes(SpdyDataFrame{1, "abcdef", true, true});
  const auto frames = Parse(bytes, 4);
  ASSERT_THAT(frames, IsOk());
  EXPECT_THAT(*frames, ElementsAre("data 1 abcd", "more 1 fin ef"));
}

TEST(SpdyFrames, DataOfTheGreatestSizeIsRead) {
  const auto frames =
      Parse(Bytes(SpdyDataFrame{1, std::string(kMaxSpdyDataFrame, 'x'), true, true}));
  ASSERT_THAT(frames, IsOk());
  EXPECT_EQ(frames->size(), 1u);
}

TEST(SpdyFrames, WhatNothingIsDoneAboutIsPassedOver) {
  const struct {
    const char* name;
    const char* hex;
  } kCases[] = {
      {"SETTINGS", "800300040000000c000000010100000400000064"},
      {"SETTINGS that say more than they are", "8003000400000004ffffffff"},
      {"WINDOW_UPDATE", "80030009000000080000000100010000"},
      {"unknown type, empty", "800300ff00000000"},
      {"unknown type", "80034321ff00000361626a"},
  };
  for (const auto& test_case : kCases) {
    const std::string bytes = absl::HexStringToBytes(test_case.hex) + Bytes(SpdyPing{1});
    for (size_t piece : {size_t{1}, size_t{5}, bytes.size()}) {
      const auto frames = Parse(bytes, piece);
      ASSERT_THAT(frames, IsOk()) << test_case.name;
      EXPECT_THAT(*frames, ElementsAre("ping 1")) << test_case.name;
    }
  }
}

TEST(SpdyFrames, ThatAreMalformedAreRefused) {
  const struct {
    const char* name;
    const char* hex;
  } kCases[] = {
      {"version 2", "8002000600000004"},
      {"an HTTP request", "ffff544720485454"},
      {"data of stream 0", "0000000000000001"},
      {"short SYN_STREAM", "8003000100000009000000010000000000"},
      {"SYN_STREAM of stream 0", "800300010000000a80000000000000000000"},
      {"short SYN_REPLY", "8003000200000003000000"},
      {"SYN_REPLY of stream 0", "800300020000000400000000"},
      {"short RST_STREAM", "800300030000000400000001"},
      {"long RST_STREAM", "8003000300000009000000010000000500"},
      {"RST_STREAM of stream 0", "80030003000000080000000000000005"},
      {"RST_STREAM with status 0", "80030003000000080000000100000000"},
      {"empty PING", "8003000600000000"},
      {"long PING", "80030006000000050000000100"},
      {"SPDY/2's GOAWAY", "800300070000000400000001"},
      {"long GOAWAY", "800300070000000c000000010000000000000000"},
      {"short HEADERS", "8003000800000000"},
      {"HEADERS of stream 0", "800300080000000400000000"},
  };
  for (const auto& test_case : kCases) {
    const std::string bytes = absl::HexStringToBytes(test_case.hex);
    for (size_t piece : {size_t{1}, bytes.size()}) {
      EXPECT_THAT(Parse(bytes, piece),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("malformed SPDY frame")))
          << test_case.name;
    }
  }
}

TEST(SpdyFrames, ControlFramesAreRefusedByTheirHeadWhenTooLarge) {
  EXPECT_THAT(Parse(absl::HexStringToBytes("8003000400010000")), IsOk());
  for (const char* head : {"8003000400010001", "80030001ffffffff", "800312340a100000"}) {
    EXPECT_THAT(Parse(absl::HexStringToBytes(head)),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("control frame")));
  }
}

TEST(SpdyFrames, OfTheGreatestSizeAreRead) {
  const std::string block(kMaxSpdyControlFrame - 10, 'h');
  SpdySynStream frame;
  frame.stream = 1;
  frame.header_block = block;
  const auto frames = Parse(Bytes(frame), 1000);
  ASSERT_THAT(frames, IsOk());
  EXPECT_THAT(*frames, ElementsAre("syn 1<0 p0 " + block));
}

}  // namespace
}  // namespace berth::cri
