// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/transport.h"

#include <functional>

#include "gmock/gmock.h"

#include "tests/unit/cri/streaming/fake_transport.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TransportTest : public ::testing::Test, protected Transport::Listener {
 protected:
  void OnBytes(absl::string_view bytes) override {
    events.emplace_back(bytes);
    if (on_bytes) {
      on_bytes();
    }
  }
  void OnDrained() override { events.emplace_back("drained"); }
  void OnClosed() override { events.emplace_back("closed"); }

  asio::io_context loop{1};
  const std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>(loop);
  std::function<void()> on_bytes;
  std::vector<std::string> events;
};

TEST_F(TransportTest, ReadsUnlessItIsPaused) {
  transport->Start(*this);
  transport->Receive("a");
  on_bytes = [this] { transport->Pause(); };
  transport->Receive("b");
  EXPECT_FALSE(transport->reading());
  transport->Resume();
  transport->Pause();
  transport->Resume();
  transport->Receive("c");
  EXPECT_THAT(events, ElementsAre("a", "b", "c"));
}

// Whose space the next ones would take.
TEST_F(TransportTest, ReadsNothingWhileItTellsOfBytes) {
  transport->Start(*this);
  on_bytes = [this] {
    transport->Pause();
    transport->Resume();
    EXPECT_FALSE(transport->reading());
  };
  transport->Receive("a");
  EXPECT_TRUE(transport->reading());
}

TEST_F(TransportTest, WritesPiecesInOrder) {
  transport->Write("early");
  transport->Start(*this);
  transport->Write("");
  transport->Write("late");
  EXPECT_EQ(transport->queued_bytes(), 9u);
  EXPECT_THAT(transport->Take(), ElementsAre("early", "late"));
  EXPECT_EQ(transport->queued_bytes(), 0u);
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(TransportTest, TellsOnceThatItIsCongestedNoMore) {
  transport->Start(*this);
  const std::string half(kMaxQueuedBytes / 2, 'x');
  transport->Write(half);
  EXPECT_FALSE(transport->congested());
  transport->Write(half);
  transport->Write(half);
  EXPECT_TRUE(transport->congested());
  transport->Take();
  EXPECT_THAT(events, ElementsAre("drained"));
}

TEST_F(TransportTest, TakesLeaveWhenAllIsWritten) {
  transport->Start(*this);
  transport->Write(std::string(kMaxQueuedBytes, 'x'));
  transport->Pause();
  transport->Finish();
  transport->Write("too late");
  transport->Receive("too late");
  EXPECT_EQ(transport->farewells, 0);
  EXPECT_EQ(transport->TakeBytes().size(), kMaxQueuedBytes);
  transport->Finish();
  EXPECT_EQ(transport->farewells, 1);
  EXPECT_THAT(events, IsEmpty());
  transport->Leave();
  EXPECT_THAT(events, ElementsAre("closed"));
}

TEST_F(TransportTest, TakesLeaveWithoutAListener) {
  transport->Write("no");
  transport->Finish();
  transport->Receive("bytes");
  EXPECT_THAT(transport->Take(), ElementsAre("no"));
  EXPECT_EQ(transport->farewells, 1);
  transport->Leave();
  EXPECT_FALSE(transport->reading());
}

TEST_F(TransportTest, TellsOnceThatItIsClosed) {
  transport->Start(*this);
  transport->Write("lost");
  transport->BreakWriting();
  transport->Leave();
  transport->Write("lost too");
  EXPECT_THAT(events, ElementsAre("closed"));
  EXPECT_THAT(transport->Take(), ElementsAre("lost"));
}

TEST_F(TransportTest, TellsNothingAfterClose) {
  transport->Start(*this);
  transport->Write("lost");
  on_bytes = [this] { transport->Close(); };
  transport->Receive("a");
  EXPECT_FALSE(transport->reading());
  transport->BreakWriting();
  transport->Finish();
  EXPECT_THAT(events, ElementsAre("a"));
  EXPECT_EQ(transport->farewells, 0);
}

}  // namespace
}  // namespace berth::cri
