// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/ttrpc_frames.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

std::string Bytes(std::initializer_list<int> values) {
  return {values.begin(), values.end()};
}

std::vector<Message> Parse(TrunkParser& parser, absl::string_view bytes) {
  std::vector<Message> messages;
  EXPECT_THAT(parser.Feed(bytes, messages), IsOk());
  return messages;
}

TEST(TtrpcFrames, AMessageIsAFrameOfTheTrunk) {
  EXPECT_EQ(EncodeMessage({1, 3, MessageType::kRequest, "ab"}),
            Bytes({0, 0, 0, 1, 0, 0, 0, 12,                     // connection, length of the frame
                   0, 0, 0, 2, 0, 0, 0, 3,  1, 0, 'a', 'b'}));  // length, stream, type, flags
}

TEST(TtrpcFrames, ALongMessageStartsWithAFrameThatFitsIntoAPluginsBuffer) {
  const std::string payload(10'000, 'x');
  const std::string bytes = EncodeMessage({1, 1, MessageType::kRequest, payload});
  EXPECT_EQ(bytes.substr(0, 8), Bytes({0, 0, 0, 1, 0, 0, 0x10, 0}));
  EXPECT_EQ(bytes.substr(8 + 4096, 8), Bytes({0, 0, 0, 1, 0, 0, 0x17, 0x1a}));
  TrunkParser parser;
  const std::vector<Message> messages = Parse(parser, bytes);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload, payload);
}

TEST(TtrpcFrames, BytesOneByOneMakeTheSameMessages) {
  const std::string bytes = EncodeMessage({2, 1, MessageType::kRequest, "one"}) +
                            EncodeMessage({1, 7, MessageType::kResponse, ""});
  TrunkParser parser;
  std::vector<Message> messages;
  for (const char& byte : bytes) {
    ASSERT_THAT(parser.Feed(absl::string_view(&byte, 1), messages), IsOk());
  }
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].connection, kRuntimeConnection);
  EXPECT_EQ(messages[0].stream, 1u);
  EXPECT_EQ(messages[0].payload, "one");
  EXPECT_EQ(messages[1].connection, kPluginConnection);
  EXPECT_EQ(messages[1].stream, 7u);
  EXPECT_EQ(messages[1].type, MessageType::kResponse);
}

TEST(TtrpcFrames, ConnectionsMayTakeTurnsWithinTheirMessages) {
  const std::string one = EncodeMessage({1, 1, MessageType::kResponse, "one"}).substr(8);
  const std::string two = EncodeMessage({2, 3, MessageType::kRequest, "two"}).substr(8);
  auto frame = [](char connection, absl::string_view part) {
    return Bytes({0, 0, 0, connection, 0, 0, 0, static_cast<int>(part.size())}) + std::string(part);
  };
  TrunkParser parser;
  const std::vector<Message> messages =
      Parse(parser, frame(1, one.substr(0, 5)) + frame(2, two) + frame(1, one.substr(5)));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].payload, "two");
  EXPECT_EQ(messages[1].payload, "one");
}

TEST(TtrpcFrames, FramesOfOtherConnectionsAreSkipped) {
  TrunkParser parser;
  const std::vector<Message> messages =
      Parse(parser, Bytes({0, 0, 0, 9, 0, 0, 0, 3, 1, 2, 3}) + Bytes({0, 0, 0, 1, 0, 0, 0, 0}) +
                        EncodeMessage({1, 1, MessageType::kResponse, "ok"}));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload, "ok");
}

TEST(TtrpcFrames, WhatIsNoTtrpcIsRefused) {
  struct Case {
    const char* name;
    std::string bytes;
    const char* problem;
  };
  const Case cases[] = {
      {"frame too long", Bytes({0, 0, 0, 1, 0, 0x40, 0, 11}), "a frame of 4194315 bytes"},
      {"message too long", Bytes({0, 0, 0, 1, 0, 0, 0, 10, 0, 0x40, 0, 1, 0, 0, 0, 1, 1, 0}),
       "a message of 4194305 bytes"},
      {"stream data", Bytes({0, 0, 0, 1, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0}),
       "a message of type 3"},
      {"open stream", Bytes({0, 0, 0, 2, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2}),
       "a streaming call"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    TrunkParser parser;
    std::vector<Message> messages;
    EXPECT_THAT(parser.Feed(one.bytes, messages),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(one.problem)));
    EXPECT_TRUE(messages.empty());
  }
}

}  // namespace
}  // namespace berth::nri
