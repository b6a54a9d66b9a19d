// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/tcp_transport.h"

#include "tests/kernel/cri/streaming/loop_under_test.h"

namespace berth::cri {
namespace {

constexpr std::chrono::seconds kLong{600};
constexpr std::chrono::seconds kShort{1};

class Recorder final : public Transport::Listener {
 public:
  void OnBytes(absl::string_view bytes) override { received.append(bytes.data(), bytes.size()); }
  void OnDrained() override { drained = true; }
  void OnClosed() override { closed = true; }

  std::string received;
  bool drained = false;
  bool closed = false;
};

class TcpTransportTest : public LoopTest {
 protected:
  std::shared_ptr<Transport> Make(std::string received = "", std::chrono::seconds idle = kLong) {
    return MakeTcpTransport(loop, std::move(connection.server), std::move(received), idle);
  }

  Connection connection = Connect();
  const int client = connection.client.native_handle();
  Recorder listener;
};

TEST_F(TcpTransportTest, PassesBytesOn) {
  const auto transport = Make("early ");
  transport->Write("head ");
  transport->Start(listener);
  send(client, "late", 4, 0);
  transport->Write("tail");
  EXPECT_TRUE(RunUntil([&] { return listener.received == "early late"; })) << listener.received;
  EXPECT_EQ(ReadFrom(client, 9), "head tail");
  transport->Close();
}

TEST_F(TcpTransportTest, TellsWhenThePeerLeaves) {
  const auto transport = Make();
  transport->Start(listener);
  connection.client.close();
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
}

TEST_F(TcpTransportTest, NoticesThatThePeerLeavesWhilePaused) {
  const auto transport = Make();
  transport->Start(listener);
  transport->Pause();
  RunReady();
  send(client, "unread", 6, 0);
  send(client, "unread", 6, 0);
  connection.client.close();
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
}

TEST_F(TcpTransportTest, TakesNothingWhilePaused) {
  const auto transport = Make("first");
  transport->Start(listener);
  EXPECT_TRUE(RunUntil([&] { return listener.received == "first"; }));
  transport->Pause();
  send(client, "a", 1, 0);  // the read that is in progress may take it
  RunReady();
  send(client, "b", 1, 0);
  RunReady();
  EXPECT_EQ(listener.received.find('b'), std::string::npos);
  transport->Resume();
  EXPECT_TRUE(RunUntil([&] { return listener.received == "firstab"; })) << listener.received;
  transport->Close();
}

TEST_F(TcpTransportTest, SaysWhenItIsCongested) {
  const auto transport = Make();
  transport->Start(listener);
  size_t sent = 0;
  for (; !transport->congested(); sent += kMaxQueuedBytes / 4) {
    transport->Write(std::string(kMaxQueuedBytes / 4, 'x'));
    RunReady();
  }
  EXPECT_EQ(ReadFrom(client, sent).size(), sent);
  EXPECT_TRUE(listener.drained);
  EXPECT_FALSE(transport->congested());
  transport->Close();
}

TEST_F(TcpTransportTest, FinishDeliversWhatIsQueued) {
  const auto transport = Make();
  transport->Start(listener);
  transport->Write(std::string(3 << 20, 'x'));
  transport->Finish();
  send(client, "too late", 8, 0);
  EXPECT_EQ(ReadFrom(client, (3 << 20) + 1).size(), 3u << 20);
  EXPECT_FALSE(listener.closed);
  connection.client.close();
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
  EXPECT_EQ(listener.received, "");
}

TEST_F(TcpTransportTest, LivesWithoutAListenerUntilItHasAnswered) {
  std::weak_ptr<Transport> watched;
  {
    const auto transport = Make();
    transport->Write("no\n");
    transport->Finish();
    watched = transport;
  }
  EXPECT_EQ(ReadFrom(client, 4), "no\n");
  connection.client.close();
  EXPECT_TRUE(RunUntil([&] { return watched.expired(); }));
}

TEST_F(TcpTransportTest, DropsAPeerThatIsSilent) {
  const auto transport = Make("", kShort);
  transport->Start(listener);
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
}

TEST_F(TcpTransportTest, TellsNothingAfterClose) {
  std::weak_ptr<Transport> watched;
  {
    const auto transport = Make();
    transport->Start(listener);
    send(client, "x", 1, 0);
    transport->Close();
    watched = transport;
  }
  EXPECT_TRUE(RunUntil([&] { return watched.expired(); }));
  EXPECT_EQ(listener.received, "");
  EXPECT_FALSE(listener.closed);
}

}  // namespace
}  // namespace berth::cri
