// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/port_forward.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/sys/socket.h"
#include "cri/streaming/descriptor_writer.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/kernel/cri/streaming/loop_under_test.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a client was told. The client itself is the session's.
struct Told {
  ForwardClient::Listener* listener = nullptr;
  std::map<uint32_t, std::string> sent;
  std::vector<std::string> events;
  bool congested = false;
  bool paused = false;
  bool dropped = false;
  bool half_closes = true;
};

class FakeClient final : public ForwardClient {
 public:
  explicit FakeClient(Told& told) : told_(told) {}
  ~FakeClient() override { told_.dropped = true; }
  void Start(Listener& listener) override { told_.listener = &listener; }
  void Send(uint32_t connection, absl::string_view bytes) override {
    told_.sent[connection] += std::string(bytes);
  }
  void End(uint32_t connection) override { Note("end ", connection, ""); }
  void Reset(uint32_t connection, absl::string_view text) override {
    Note("reset ", connection, text);
  }
  void Forget(uint32_t connection) override { Note("forget ", connection, ""); }
  bool has_half_closes() const override { return told_.half_closes; }
  bool congested() const override { return told_.congested; }
  void Pause() override { told_.paused = true; }
  void Resume() override { told_.paused = false; }

 private:
  void Note(const char* what, uint32_t connection, absl::string_view text) {
    told_.events.push_back(absl::StrCat(what, connection, text.empty() ? "" : " ", text));
  }

  Told& told_;
};

// The pod's network is ours.
class PortForwardTest : public LoopTest {
 protected:
  PortForwardTest() {
    pod.non_blocking(true);
    runtime.pods.emplace_back().id = "p1";
    runtime.pods.back().state = runtime::v1::SANDBOX_READY;
    session =
        MakePortForward({loop, runtime, starters}, {"p1", {}}, std::make_unique<FakeClient>(told));
    session->Start([this] { done = true; });
  }

  void Open(uint32_t connection, uint16_t to) {
    runtime.sockets.push_back(*sys::MakeTcpSocket(AF_INET));
    told.listener->OnOpen(connection, to);
  }
  // The pod's end of it.
  TcpSocket OpenAndAccept(uint32_t connection) {
    Open(connection, port);
    TcpSocket accepted(loop);
    EXPECT_TRUE(RunUntil([&] {
      ErrorCode error;
      pod.accept(accepted, error);
      return !error;
    }));
    // Data is asked for only when it is connected here, too.
    EXPECT_EQ(send(accepted.native_handle(), "hi", 2, 0), 2);
    EXPECT_TRUE(RunUntil([&] { return told.sent[connection] == "hi"; }));
    told.sent.clear();
    return accepted;
  }
  bool Ends(TcpSocket& socket) {
    return RunUntil([&] {
      char byte;
      return recv(socket.native_handle(), &byte, sizeof(byte), MSG_DONTWAIT) == 0;
    });
  }

  test::FakePodRuntime runtime;
  asio::ip::tcp::acceptor pod{loop, {asio::ip::address_v4::loopback(), 0}};
  const uint16_t port = pod.local_endpoint().port();
  Told told;
  bool done = false;
  std::shared_ptr<Session> session;
  Starters starters{1, 1};  // ends before what its work uses
};

TEST_F(PortForwardTest, PassesEachDirectionOnToItsEnd) {
  TcpSocket client_first = OpenAndAccept(1);
  TcpSocket pod_first = OpenAndAccept(3);
  told.listener->OnData(1, "request");
  told.listener->OnEnd(1);
  told.listener->OnData(1, "too late");
  EXPECT_EQ(ReadFrom(client_first.native_handle(), 8), "request");
  EXPECT_EQ(send(client_first.native_handle(), "answer", 6, 0), 6);
  EXPECT_TRUE(RunUntil([&] { return told.sent[1] == "answer"; }));
  EXPECT_THAT(told.events, IsEmpty());
  client_first.close();
  EXPECT_TRUE(RunUntil([&] { return told.events.size() == 2; }));
  EXPECT_THAT(told.events, ElementsAre("end 1", "forget 1"));

  pod_first.shutdown(TcpSocket::shutdown_send);
  EXPECT_TRUE(RunUntil([&] { return told.events.size() == 3; }));
  told.listener->OnData(3, "still");
  EXPECT_EQ(ReadFrom(pod_first.native_handle(), 5), "still");
  told.listener->OnEnd(3);
  EXPECT_TRUE(Ends(pod_first));
  EXPECT_THAT(told.events, ElementsAre("end 1", "forget 1", "end 3", "forget 3"));
}

TEST_F(PortForwardTest, DeliversWhatCameBeforeItWasConnected) {
  Open(1, port);
  told.listener->OnData(1, "all of it");
  told.listener->OnEnd(1);
  TcpSocket accepted(loop);
  EXPECT_TRUE(RunUntil([&] {
    ErrorCode error;
    pod.accept(accepted, error);
    return !error;
  }));
  EXPECT_EQ(ReadFrom(accepted.native_handle(), 10), "all of it");
}

TEST_F(PortForwardTest, PassesAResetOnForThatConnectionAlone) {
  TcpSocket by_pod = OpenAndAccept(1);
  TcpSocket by_client = OpenAndAccept(3);
  TcpSocket other = OpenAndAccept(5);
  by_pod.set_option(asio::socket_base::linger(true, 0));
  by_pod.close();
  EXPECT_TRUE(RunUntil([&] { return !told.events.empty(); }));
  told.listener->OnReset(3);
  EXPECT_TRUE(Ends(by_client));
  told.listener->OnData(5, "on");
  EXPECT_EQ(ReadFrom(other.native_handle(), 2), "on");
  EXPECT_THAT(told.events, ElementsAre("reset 1"));
}

TEST_F(PortForwardTest, SaysWhyAConnectionWasNotMade) {
  TcpSocket other = OpenAndAccept(1);
  uint16_t unused = 0;
  {
    const asio::ip::tcp::acceptor gone(loop, {asio::ip::address_v4::loopback(), 0});
    unused = gone.local_endpoint().port();
  }
  Open(3, unused);
  EXPECT_TRUE(RunUntil([&] { return told.events.size() == 1; }));
  EXPECT_THAT(told.events[0],
              HasSubstr(absl::StrCat("reset 3 error forwarding port ", unused, " to pod p1")));
  EXPECT_THAT(told.events[0], HasSubstr("Connection refused"));
  runtime.failures["OpenSockets"] = absl::UnavailableError("the shim has gone");
  Open(5, port);
  EXPECT_TRUE(RunUntil([&] { return told.events.size() == 2; }));
  EXPECT_THAT(told.events[1], HasSubstr("the shim has gone"));
  told.listener->OnData(1, "on");
  EXPECT_EQ(ReadFrom(other.native_handle(), 2), "on");
}

TEST_F(PortForwardTest, RefusesMoreConnectionsThanItHolds) {
  for (uint32_t i = 0; i < kMaxForwardedConnections; ++i) {
    told.listener->OnOpen(i, port);
  }
  EXPECT_THAT(told.events, IsEmpty());
  told.listener->OnOpen(kMaxForwardedConnections, port);
  EXPECT_THAT(told.events, ElementsAre("reset 256 too many connections at once"));
}

// What was reset may go on for a while, and counts until it does not.
TEST_F(PortForwardTest, RefusesConnectionsThatAreResetFasterThanTheyAreMade) {
  for (uint32_t i = 0; i < 2 * kMaxForwardedConnections; ++i) {
    Open(i, port);
    told.listener->OnReset(i);
  }
  EXPECT_EQ(told.events.size(), kMaxForwardedConnections);
  runtime.sockets.clear();
  EXPECT_TRUE(RunUntil([&] {
    told.events.clear();
    Open(1000, port);
    told.listener->OnReset(1000);
    return told.events.empty();
  }));
}

TEST_F(PortForwardTest, PausesAClientForManyPodsThatReadLittle) {
  std::vector<TcpSocket> accepted;
  constexpr uint32_t kConnections = 8;
  for (uint32_t i = 0; i < kConnections; ++i) {
    accepted.push_back(OpenAndAccept(i));
  }
  // Each takes what sockets hold, and then less than it alone may have.
  for (int round = 0; round < 200 && !told.paused; ++round) {
    for (uint32_t i = 0; i < kConnections; ++i) {
      told.listener->OnData(i, std::string(kMaxPendingInput / 8, 'x'));
    }
    RunReady();
  }
  EXPECT_TRUE(told.paused);
  accepted.clear();
  EXPECT_TRUE(RunUntil([&] { return !told.paused; }));
}

TEST_F(PortForwardTest, ForgetsAtThePodsEndWhereTheClientHasNone) {
  told.half_closes = false;
  TcpSocket accepted = OpenAndAccept(1);
  accepted.close();
  EXPECT_TRUE(RunUntil([&] { return told.events.size() == 2; }));
  EXPECT_THAT(told.events, ElementsAre("end 1", "forget 1"));
}

TEST_F(PortForwardTest, ReadsNothingOfThePodForAClientThatIsCongested) {
  TcpSocket accepted = OpenAndAccept(1);
  told.congested = true;
  EXPECT_EQ(send(accepted.native_handle(), "one ", 4, 0), 4);
  EXPECT_TRUE(RunUntil([&] { return told.sent[1] == "one "; }));
  EXPECT_EQ(send(accepted.native_handle(), "two", 3, 0), 3);
  RunReady();
  EXPECT_EQ(told.sent[1], "one ");
  told.congested = false;
  told.listener->OnDrained();
  EXPECT_TRUE(RunUntil([&] { return told.sent[1] == "one two"; }));
}

TEST_F(PortForwardTest, PausesAClientForAPodThatDoesNotRead) {
  TcpSocket slow = OpenAndAccept(1);
  const TcpSocket other = OpenAndAccept(3);
  size_t pushed = 0;
  const auto fill = [&] {
    for (; !told.paused; pushed += kMaxPendingInput) {
      told.listener->OnData(1, std::string(kMaxPendingInput, 'x'));
      RunReady();
    }
  };
  fill();
  EXPECT_EQ(ReadFrom(slow.native_handle(), pushed).size(), pushed);
  EXPECT_TRUE(RunUntil([&] { return !told.paused; }));
  fill();
  told.listener->OnReset(3);
  EXPECT_TRUE(told.paused);
  told.listener->OnReset(1);
  EXPECT_FALSE(told.paused);
}

TEST_F(PortForwardTest, ClosesAllWhenTheClientLeaves) {
  TcpSocket accepted = OpenAndAccept(1);
  Open(3, port);
  told.listener->OnGone();
  EXPECT_TRUE(done);
  EXPECT_TRUE(Ends(accepted));
}

TEST_F(PortForwardTest, ClosesAllWhenItIsDropped) {
  TcpSocket accepted = OpenAndAccept(1);
  Open(3, port);
  session.reset();
  EXPECT_TRUE(Ends(accepted));
}

TEST_F(PortForwardTest, EndsWithItsPod) {
  TcpSocket accepted = OpenAndAccept(1);
  runtime.pods.back().state = runtime::v1::SANDBOX_NOTREADY;
  EXPECT_TRUE(RunUntil([&] { return done; }));
  EXPECT_TRUE(told.dropped);
  EXPECT_TRUE(Ends(accepted));
}

}  // namespace
}  // namespace berth::cri
