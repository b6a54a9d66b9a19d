// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/streaming/command_listener.h"
#include "tests/unit/cri/streaming/fake_transport.h"
#include "tests/unit/cri/streaming/spdy_client.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr runtime::StreamChoice kPipes = {.input = true, .output = true, .error = true};
constexpr runtime::StreamChoice kTerminal = {.input = true, .output = true, .terminal = true};

class SpdyCommandClientTest : public ::testing::Test {
 protected:
  void Start(const runtime::StreamChoice& streams, int version = 4) {
    server = MakeSpdyCommandClient(loop, transport, streams, version);
    server->Start(listener);
  }
  void Open(uint32_t stream, const std::string& type) {
    transport->Receive(client.Open(stream, {{"streamtype", type}}));
  }
  void OpenPipes() {
    Open(1, "error");
    Open(3, "stdin");
    Open(5, "stdout");
    Open(7, "stderr");
    Said();
    listener.TakeEvents();
  }
  Lines Said() { return client.Read(transport->TakeBytes()); }

  asio::io_context loop{1};
  const std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>(loop);
  SpdyClient client;
  CommandListener listener;
  std::unique_ptr<CommandClient> server;
};

TEST_F(SpdyCommandClientTest, IsReadyWhenAllItsStreamsAreOpen) {
  Start(kPipes);
  Open(1, "error");
  Open(3, "stdin");
  Open(5, "stdout");
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
  Open(7, "stderr");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("ready"));
  EXPECT_THAT(Said(), ElementsAre("reply 1", "reply 3", "reply 5", "reply 7"));
}

TEST_F(SpdyCommandClientTest, AwaitsTheSizesOfATerminalFromVersion3On) {
  for (const int version : {2, 3}) {
    const auto own = std::make_shared<FakeTransport>(loop);
    SpdyClient peer;
    const auto made = MakeSpdyCommandClient(loop, own, kTerminal, version);
    made->Start(listener);
    uint32_t stream = 1;
    for (const char* type : {"error", "stdin", "stdout", "resize"}) {
      EXPECT_THAT(listener.TakeEvents(), IsEmpty()) << type;
      own->Receive(peer.Open(stream, {{"streamtype", type}}));
      stream += 2;
      if (version == 2 && stream == 7) {
        break;
      }
    }
    EXPECT_THAT(listener.TakeEvents(), ElementsAre("ready"));
    EXPECT_EQ(made->version(), version);
  }
}

TEST_F(SpdyCommandClientTest, RefusesStreamsThatAreNotItsOwn) {
  Start({.output = true});
  Open(1, "stdout");
  Open(3, "stdout");
  Open(5, "stdin");
  Open(7, "stdlog");
  transport->Receive(client.Open(9));
  EXPECT_THAT(Said(), ElementsAre("reply 1", "reset 3 3", "reset 5 3", "reset 7 3", "reset 9 3"));
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
}

TEST_F(SpdyCommandClientTest, PassesOnWhatTheClientSays) {
  Start(kPipes);
  OpenPipes();
  transport->Receive(SpdyClient::Data(3, "in") + SpdyClient::Data(3, "", true) +
                     SpdyClient::Data(9, "lost") + SpdyClient::Reset(5));
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("data 0 in", "end 0", "end 1"));
}

TEST_F(SpdyCommandClientTest, EndsWithTheStatusBehindAllElse) {
  Start(kPipes);
  OpenPipes();
  server->Send(Channel::kOutput, "out");
  server->Send(Channel::kError, "err");
  server->End(Channel::kError);
  EXPECT_THAT(Said(), ElementsAre("data 5 out", "data 7 err", "data 7 fin "));
  server->Finish("status");
  EXPECT_THAT(Said(), ElementsAre("data 5 fin ", "data 3 fin ", "data 1 fin status"));
  EXPECT_EQ(transport->farewells, 1);
  transport->Leave();
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("gone"));
}

}  // namespace
}  // namespace berth::cri
