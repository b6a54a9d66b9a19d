// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/unit/cri/streaming/command_listener.h"
#include "tests/unit/cri/streaming/fake_transport.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WebSocketCommandClientTest : public ::testing::Test {
 protected:
  void Start(const runtime::StreamChoice& streams, int version, bool is_base64 = false) {
    transport = std::make_shared<FakeTransport>(loop);
    server = MakeWebSocketCommandClient(transport, streams, version, is_base64);
    server->Start(listener);
    EXPECT_THAT(listener.TakeEvents(), ElementsAre("ready"));
    EXPECT_THAT(transport->Take(), IsEmpty());
    server->TellOpen();
  }
  void Receive(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      transport->Receive(message);
    }
  }

  asio::io_context loop{1};
  std::shared_ptr<FakeTransport> transport;
  CommandListener listener;
  std::unique_ptr<CommandClient> server;
};

const std::string kInput(1, '\0');

TEST_F(WebSocketCommandClientTest, SaysByAChannelOfItsOwnThatItIsOpen) {
  Start({.output = true, .error = true}, 5);
  EXPECT_THAT(transport->Take(), ElementsAre("\1"));
  Start({.error = true}, 5);
  EXPECT_THAT(transport->Take(), ElementsAre("\2"));
  Start({.input = true}, 5);
  EXPECT_THAT(transport->Take(), ElementsAre("\3"));
}

TEST_F(WebSocketCommandClientTest, PassesOnWhatIsForTheCommand) {
  Start({.input = true, .output = true, .terminal = true}, 5);
  Receive({kInput + "in", "\4{}", "\1out", "\3status", "\5none", "", "\xff\1", "\xff",
           "\xff" + kInput + kInput, "\xff" + kInput});
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("data 0 in", "data 4 {}", "end 0"));
  Start({.output = true}, 5);
  Receive({kInput + "in", "\4{}", "\xff" + kInput});
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
}

TEST_F(WebSocketCommandClientTest, KnowsNoEndOfInputBeforeVersion5) {
  Start({.input = true}, 4);
  Receive({"\xff" + kInput});
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
}

TEST_F(WebSocketCommandClientTest, EndsWithTheStatus) {
  Start({.output = true}, 5);
  server->Send(Channel::kOutput, "out");
  server->End(Channel::kOutput);
  server->Finish("status");
  EXPECT_THAT(transport->Take(), ElementsAre("\1", "\1out", "\3status"));
  EXPECT_EQ(transport->farewells, 1);
  transport->Leave();
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("gone"));
  Start({.output = true}, 1);
  server->Finish("");
  EXPECT_THAT(transport->Take(), ElementsAre("\1"));
}

TEST_F(WebSocketCommandClientTest, SpeaksBase64Too) {
  Start({.input = true, .output = true}, 4, true);
  Receive({"0aW4=", "0?"});
  server->Send(Channel::kOutput, "out");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("data 0 in"));
  EXPECT_THAT(transport->Take(), ElementsAre("1", "1b3V0"));
}

}  // namespace
}  // namespace berth::cri
