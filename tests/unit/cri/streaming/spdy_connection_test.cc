// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_connection.h"

#include "tests/unit/cri/streaming/fake_transport.h"
#include "tests/unit/cri/streaming/spdy_client.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

class SpdyConnectionTest : public ::testing::Test, public SpdyConnection::Listener {
 protected:
  SpdyConnectionTest() { connection->Start(); }

  void OnStreamOpened(uint32_t stream, const SpdyHeaders&) override { connection->Reply(stream); }
  void OnData(uint32_t, absl::string_view bytes) override { events.emplace_back(bytes); }
  void OnEnd(uint32_t) override { events.emplace_back("end"); }
  void OnReset(uint32_t, SpdyResetStatus) override { events.emplace_back("reset"); }
  void OnGoAway() override { events.emplace_back("goaway"); }
  void OnDrained() override { events.emplace_back("drained"); }
  void OnClosed() override { events.emplace_back("closed"); }

  asio::io_context loop{1};
  const std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>(loop);
  std::unique_ptr<SpdyConnection> connection = std::make_unique<SpdyConnection>(transport, *this);
  SpdyClient client;
  Lines events;
};

TEST_F(SpdyConnectionTest, WritesAtOnceWhatItIsToSay) {
  transport->Receive(client.Open(1) + SpdyClient::Data(1, "in", true) + SpdyClient::Ping(3));
  EXPECT_THAT(events, ElementsAre("in", "end"));
  EXPECT_THAT(client.Read(transport->TakeBytes()), ElementsAre("reply 1", "ping 3"));
  connection->Send(1, "out", true);
  EXPECT_THAT(client.Read(transport->TakeBytes()), ElementsAre("data 1 fin out"));
  transport->Receive(client.Open(3));
  connection->Reset(3, SpdyResetStatus::kCancel);
  EXPECT_THAT(client.Read(transport->TakeBytes()), ElementsAre("reply 3", "reset 3 5"));
}

TEST_F(SpdyConnectionTest, TellsThatItIsCongestedNoMore) {
  transport->Receive(client.Open(1));
  connection->Send(1, std::string(kMaxQueuedBytes, 'x'), false);
  EXPECT_TRUE(connection->congested());
  transport->Take();
  EXPECT_THAT(events, ElementsAre("drained"));
}

TEST_F(SpdyConnectionTest, DropsAClientThatBreaksTheProtocolWithAWord) {
  transport->Receive(std::string(8, '\xff'));
  EXPECT_THAT(client.Read(transport->TakeBytes()), ElementsAre("goaway 0 1"));
  EXPECT_THAT(events, ElementsAre("closed"));
}

TEST_F(SpdyConnectionTest, DropsAClientThatHasItselfAnsweredAndReadsNothing) {
  std::string pings;
  while (pings.size() < 1 << 20) {
    pings += SpdyClient::Ping(1);
  }
  for (size_t i = 0; i <= kMaxSpdyUnread / pings.size(); ++i) {
    ASSERT_THAT(events, ElementsAre());
    transport->Receive(pings);
  }
  EXPECT_THAT(events, ElementsAre("closed"));
  EXPECT_FALSE(transport->reading());
}

TEST_F(SpdyConnectionTest, DropsTheClientWhenItGoes) {
  connection.reset();
  transport->Leave();
  EXPECT_THAT(events, ElementsAre());
}

}  // namespace
}  // namespace berth::cri
