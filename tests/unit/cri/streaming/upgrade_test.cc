// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/upgrade.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

UpgradeHeaders Spdy(std::vector<std::string> protocols) {
  return {.connection = {"keep-alive", "upgrade"},
          .upgrade = {"spdy/3.1"},
          .stream_protocols = std::move(protocols),
          .websocket_protocols = {}};
}

UpgradeHeaders WebSocket(std::vector<std::string> protocols) {
  return {.connection = {"Upgrade"},
          .upgrade = {"WebSocket"},
          .stream_protocols = {},
          .websocket_protocols = std::move(protocols)};
}

TEST(ChooseUpgrade, TakesTheClientsFirstThatIsKnown) {
  struct Case {
    UpgradeHeaders headers;
    bool is_port_forward;
    StreamTransport transport;
    std::string protocol;
    int version;
  };
  const Case cases[] = {
      {Spdy({"v9.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io"}), false,
       StreamTransport::kSpdy, "v3.channel.k8s.io", 3},
      {Spdy({"channel.k8s.io"}), false, StreamTransport::kSpdy, "channel.k8s.io", 1},
      {Spdy({"portforward.k8s.io"}), true, StreamTransport::kSpdy, "portforward.k8s.io", 1},
      {WebSocket({"v5.channel.k8s.io", "v4.channel.k8s.io"}), false, StreamTransport::kWebSocket,
       "v5.channel.k8s.io", 5},
      {WebSocket({"v4.base64.channel.k8s.io"}), false, StreamTransport::kBase64Channels,
       "v4.base64.channel.k8s.io", 4},
      {WebSocket({}), false, StreamTransport::kWebSocket, "", 1},
      {WebSocket({"SPDY/3.1+portforward.k8s.io"}), true, StreamTransport::kSpdyTunnel,
       "SPDY/3.1+portforward.k8s.io", 1},
      {WebSocket({"v4.channel.k8s.io"}), true, StreamTransport::kWebSocket, "v4.channel.k8s.io", 4},
  };
  for (const Case& good : cases) {
    const auto choice = ChooseUpgrade(good.headers, good.is_port_forward);
    const auto* upgrade = std::get_if<Upgrade>(&choice);
    ASSERT_NE(upgrade, nullptr) << good.protocol;
    EXPECT_EQ(upgrade->transport, good.transport) << good.protocol;
    EXPECT_EQ(upgrade->protocol, good.protocol);
    EXPECT_EQ(upgrade->version, good.version);
  }
}

TEST(ChooseUpgrade, SaysWhatIsMissing) {
  struct Case {
    UpgradeHeaders headers;
    bool is_port_forward;
    const char* text;
  };
  UpgradeHeaders plain = Spdy({"v4.channel.k8s.io"});
  plain.connection = {"keep-alive"};
  UpgradeHeaders other = Spdy({"v4.channel.k8s.io"});
  other.upgrade = {"h2c"};
  const Case cases[] = {{plain, false, "Connection: Upgrade"},
                        {other, false, "must be SPDY/3.1 or websocket"},
                        {Spdy({}), false, "X-Stream-Protocol-Version is required"},
                        {Spdy({}), true, "X-Stream-Protocol-Version is required"}};
  for (const Case& bad : cases) {
    const auto choice = ChooseUpgrade(bad.headers, bad.is_port_forward);
    const auto* refusal = std::get_if<UpgradeRefusal>(&choice);
    ASSERT_NE(refusal, nullptr) << bad.text;
    EXPECT_EQ(refusal->status, HttpStatus::bad_request);
    EXPECT_THAT(refusal->text, HasSubstr(bad.text));
    EXPECT_THAT(refusal->accepted, IsEmpty());
  }
}

TEST(ChooseUpgrade, NamesWhatItKnowsWhenNothingMatches) {
  const auto choice = ChooseUpgrade(Spdy({"v9.channel.k8s.io"}), false);
  const auto* refusal = std::get_if<UpgradeRefusal>(&choice);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->status, HttpStatus::forbidden);
  EXPECT_THAT(refusal->text, HasSubstr("v9.channel.k8s.io"));
  EXPECT_THAT(refusal->accepted, ElementsAre("v4.channel.k8s.io", "v3.channel.k8s.io",
                                             "v2.channel.k8s.io", "channel.k8s.io"));
}

TEST(ChooseUpgrade, KeepsCommandsAndPortsApart) {
  EXPECT_TRUE(
      std::holds_alternative<UpgradeRefusal>(ChooseUpgrade(Spdy({"portforward.k8s.io"}), false)));
  EXPECT_TRUE(
      std::holds_alternative<UpgradeRefusal>(ChooseUpgrade(Spdy({"v4.channel.k8s.io"}), true)));
  EXPECT_TRUE(std::holds_alternative<UpgradeRefusal>(ChooseUpgrade(WebSocket({}), true)));
}

}  // namespace
}  // namespace berth::cri
