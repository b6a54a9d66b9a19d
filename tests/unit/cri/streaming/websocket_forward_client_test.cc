// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/unit/cri/streaming/fake_transport.h"
#include "tests/unit/cri/streaming/forward_listener.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

class WebSocketForwardClientTest : public ::testing::Test {
 protected:
  void Start(bool is_base64 = false) {
    server = MakeWebSocketForwardClient(transport, {80, 0x1234}, is_base64);
    server->Start(listener);
    EXPECT_THAT(listener.TakeEvents(), ElementsAre("open 0 80", "open 1 4660"));
  }

  asio::io_context loop{1};
  const std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>(loop);
  ForwardListener listener;
  std::unique_ptr<ForwardClient> server;
};

const std::string kZero(1, '\0');

TEST_F(WebSocketForwardClientTest, NamesThePortsOfItsChannels) {
  Start();
  EXPECT_THAT(transport->Take(),
              ElementsAre(kZero + "P" + kZero, "\1P" + kZero, "\2\x34\x12", "\3\x34\x12"));
}

TEST_F(WebSocketForwardClientTest, PassesDataOnBothWays) {
  Start();
  transport->Take();
  for (const char* message : {"\2in", "\1an error", "\4none", ""}) {
    transport->Receive(message);
  }
  server->Send(1, "out");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("data 1 in"));
  EXPECT_THAT(transport->Take(), ElementsAre("\2out"));
}

TEST_F(WebSocketForwardClientTest, TakesLeaveWhenAllConnectionsAreOver) {
  Start();
  transport->Take();
  server->End(0);
  server->Reset(0, "refused");
  EXPECT_THAT(transport->Take(), ElementsAre("\1refused"));
  EXPECT_EQ(transport->farewells, 0);
  server->Forget(1);
  EXPECT_EQ(transport->farewells, 1);
  transport->Leave();
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("gone"));
}

TEST_F(WebSocketForwardClientTest, SpeaksBase64Too) {
  Start(true);
  EXPECT_THAT(transport->Take(), ElementsAre("0UAA=", "1UAA=", "2NBI=", "3NBI="));
  transport->Receive("2aW4=");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("data 1 in"));
}

}  // namespace
}  // namespace berth::cri
