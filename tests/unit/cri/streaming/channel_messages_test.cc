// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/channel_messages.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(ChannelMessages, AreLedByTheChannel) {
  EXPECT_EQ(WriteChannelMessage(1, "out", false), "\x01out");
  EXPECT_EQ(WriteChannelMessage(3, "", false), "\x03");
  const auto read = ReadChannelMessage(absl::string_view("\0in\0put", 7), false);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->channel, 0);
  EXPECT_EQ(read->bytes, std::string("in\0put", 6));
}

TEST(ChannelMessages, AreDigitsAndBase64AsText) {
  EXPECT_EQ(WriteChannelMessage(1, "out", true), "1b3V0");
  const auto read = ReadChannelMessage("0aW4=", true);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->channel, 0);
  EXPECT_EQ(read->bytes, "in");
}

TEST(ChannelMessages, CloseAChannel) {
  const auto read = ReadChannelMessage(absl::string_view("\xff\0", 2), false);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->channel, kCloseChannel);
  EXPECT_EQ(read->bytes, std::string(1, '\0'));
}

TEST(ChannelMessages, RefuseWhatIsNone) {
  EXPECT_FALSE(ReadChannelMessage("", false).has_value());
  EXPECT_FALSE(ReadChannelMessage("", true).has_value());
  EXPECT_FALSE(ReadChannelMessage("0!!!", true).has_value());
}

}  // namespace
}  // namespace berth::cri
