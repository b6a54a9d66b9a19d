// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/streaming/fake_transport.h"
#include "tests/unit/cri/streaming/forward_listener.h"
#include "tests/unit/cri/streaming/spdy_client.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SpdyForwardClientTest : public ::testing::Test {
 protected:
  SpdyForwardClientTest() { server->Start(listener); }

  void Open(uint32_t stream, const std::string& type, const std::string& port,
            const std::string& request = "") {
    SpdyHeaders headers = {{"streamtype", type}, {"port", port}};
    if (!request.empty()) {
      headers["requestid"] = request;
    }
    transport->Receive(client.Open(stream, headers));
  }
  // Connection 3 to port 80, whose error stream is 1.
  void OpenOne() {
    Open(1, "error", "80", "0");
    Open(3, "data", "80", "0");
    Said();
    listener.TakeEvents();
  }
  Lines Said() { return client.Read(transport->TakeBytes()); }

  asio::io_context loop{1};
  const std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>(loop);
  SpdyClient client;
  ForwardListener listener;
  const std::unique_ptr<ForwardClient> server = MakeSpdyForwardClient(loop, transport);
};

TEST_F(SpdyForwardClientTest, PairsStreamsByTheirRequest) {
  Open(1, "error", "80", "0");
  Open(3, "data", "8080", "1");
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
  Open(5, "data", "80", "0");
  Open(7, "error", "8080", "1");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("open 5 80", "open 3 8080"));
  EXPECT_THAT(Said(), ElementsAre("reply 1", "reply 3", "reply 5", "reply 7"));
}

TEST_F(SpdyForwardClientTest, PairsStreamsWithoutARequestByTheirNumbers) {
  Open(1, "error", "80");
  Open(3, "error", "81");
  Open(5, "data", "81");
  Open(7, "error", "82");
  Open(9, "data", "82");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("open 5 81", "open 9 82"));
}

TEST_F(SpdyForwardClientTest, RefusesWhatIsNoHalfOfAConnection) {
  Open(1, "data", "0", "0");
  Open(3, "data", "65536", "0");
  Open(5, "data", "http", "0");
  Open(7, "stdin", "80", "0");
  transport->Receive(client.Open(9));
  EXPECT_THAT(Said(), ElementsAre("reset 1 3", "reset 3 3", "reset 5 3", "reset 7 3", "reset 9 3"));
  Open(11, "error", "80", "0");
  Open(13, "error", "80", "0");
  Open(15, "data", "81", "0");
  EXPECT_THAT(Said(), ElementsAre("reply 11", "reply 13", "reset 13 1", "reply 15", "reset 15 1"));
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
}

TEST_F(SpdyForwardClientTest, ForgetsAHalfThatIsReset) {
  Open(1, "data", "80", "0");
  transport->Receive(SpdyClient::Reset(1));
  Open(3, "error", "80", "0");
  EXPECT_THAT(listener.TakeEvents(), IsEmpty());
  Open(5, "data", "80", "0");
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("open 5 80"));
}

TEST_F(SpdyForwardClientTest, PassesOnWhatTheClientSays) {
  OpenOne();
  transport->Receive(SpdyClient::Data(3, "in") + SpdyClient::Data(1, "not for the pod", true) +
                     SpdyClient::Data(3, "", true) + SpdyClient::Reset(3));
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("data 3 in", "end 3", "reset 3"));
  EXPECT_THAT(Said(), ElementsAre("reset 1 5"));
}

TEST_F(SpdyForwardClientTest, ForgetsAConnectionWhoseDirectionsHaveEnded) {
  OpenOne();
  server->Send(3, "out");
  server->End(3);
  server->Forget(3);
  server->Forget(3);
  EXPECT_THAT(Said(), ElementsAre("data 3 out", "data 3 fin ", "data 1 fin "));
}

TEST_F(SpdyForwardClientTest, ResetsAConnectionWithOrWithoutAText) {
  OpenOne();
  Open(5, "error", "80", "1");
  Open(7, "data", "80", "1");
  Said();
  server->Reset(3, "refused");
  server->Reset(3, "refused");
  EXPECT_THAT(Said(), ElementsAre("data 1 fin refused", "reset 3 5"));
  server->Reset(7, "");
  EXPECT_THAT(Said(), ElementsAre("reset 5 5", "reset 7 5"));
}

TEST_F(SpdyForwardClientTest, TellsThatTheClientHasLeft) {
  OpenOne();
  Open(5, "error", "80", "1");
  transport->Leave();
  EXPECT_THAT(listener.TakeEvents(), ElementsAre("gone"));
}

}  // namespace
}  // namespace berth::cri
