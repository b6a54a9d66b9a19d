// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_session.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/streaming/spdy_client.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Le;

using Client = SpdyClient;

class SpdySessionTest : public ::testing::Test, protected SpdySession::Listener {
 protected:
  void OnStreamOpened(uint32_t stream, const SpdyHeaders& headers) override {
    Tell("open", stream, Joined(headers));
    if (replies_) {
      session_.Reply(stream);
    }
  }
  void OnData(uint32_t stream, absl::string_view bytes) override { Tell("data", stream, bytes); }
  void OnEnd(uint32_t stream) override { Tell("end", stream, ""); }
  void OnReset(uint32_t stream, SpdyResetStatus status) override {
    Tell("reset", stream, absl::StrCat(static_cast<uint32_t>(status)));
  }
  void OnGoAway() override { events_.emplace_back("goaway"); }

  void Tell(absl::string_view what, uint32_t stream, absl::string_view rest) {
    events_.push_back(absl::StrCat(what, " ", stream, rest.empty() ? "" : " ", rest));
    if (on_event_) {
      on_event_(what, stream);
    }
  }
  // In one piece.
  absl::Status Receive(const Lines& frames) { return session_.Receive(absl::StrJoin(frames, "")); }
  Lines Events() { return std::exchange(events_, {}); }
  Lines Output() { return client_.Read(session_.TakeOutput()); }

  // Has the client open streams, which is not told.
  void Open(const std::vector<uint32_t>& streams) {
    for (uint32_t stream : streams) {
      ASSERT_THAT(session_.Receive(client_.Open(stream)), IsOk());
    }
    Events();
    Output();
  }

  Client client_;
  SpdySession session_{*this};
  bool replies_ = true;
  Lines events_;
  std::function<void(absl::string_view what, uint32_t stream)> on_event_;
};

TEST_F(SpdySessionTest, CarriesAStreamFromItsOpeningToItsEnd) {
  ASSERT_THAT(Receive({client_.Open(1, {{"streamtype", "stdin"}, {"port", "80"}}),
                       Client::Data(1, "hello"), Client::Data(1, "", true)}),
              IsOk());
  EXPECT_THAT(Events(), ElementsAre("open 1 port=80,streamtype=stdin", "data 1 hello", "end 1"));
  EXPECT_EQ(session_.open_streams(), 1u);
  session_.Send(1, "world", false);
  session_.Send(1, "", true);
  EXPECT_EQ(session_.open_streams(), 0u);
  EXPECT_THAT(Output(), ElementsAre("reply 1", "data 1 world", "data 1 fin "));
  EXPECT_EQ(session_.output_size(), 0u);
}

TEST_F(SpdySessionTest, TakesPiecesOfAnySize) {
  std::string bytes;
  for (uint32_t stream : {1, 3, 9}) {
    absl::StrAppend(&bytes,
                    client_.Open(stream, {{"requestid", absl::StrCat(stream)}}, stream == 9),
                    Client::Ping(stream));
  }
  absl::StrAppend(&bytes, Client::Data(3, "x", true), client_.MoreHeaders(1, true));
  for (char c : bytes) {
    ASSERT_THAT(session_.Receive(absl::string_view(&c, 1)), IsOk());
  }
  EXPECT_THAT(Events(), ElementsAre("open 1 requestid=1", "open 3 requestid=3",
                                    "open 9 requestid=9", "end 9", "data 3 x", "end 3", "end 1"));
  EXPECT_THAT(Output(), ElementsAre("reply 1", "ping 1", "reply 3", "ping 3", "reply 9", "ping 9"));
}

TEST_F(SpdySessionTest, EndsAStreamWhenBothSidesHave) {
  Open({1, 3});
  session_.Send(1, "last", true);
  session_.Send(1, "nothing follows", true);
  EXPECT_THAT(Output(), ElementsAre("data 1 fin last"));
  EXPECT_EQ(session_.open_streams(), 2u);
  ASSERT_THAT(Receive({Client::Data(1, "still", false), Client::Data(1, "me", true)}), IsOk());
  EXPECT_THAT(Events(), ElementsAre("data 1 still", "data 1 me", "end 1"));
  EXPECT_EQ(session_.open_streams(), 1u);
}

TEST_F(SpdySessionTest, SplitsWhatIsLong) {
  Open({1});
  session_.Send(1, std::string(2 * kMaxSpdyDataSent, 'x'), false);
  EXPECT_THAT(Output(), ElementsAre("data 1 32768 bytes", "data 1 32768 bytes"));
  session_.Send(1, std::string(kMaxSpdyDataSent + 1, 'x'), true);
  EXPECT_THAT(Output(), ElementsAre("data 1 32768 bytes", "data 1 fin x"));
}

TEST_F(SpdySessionTest, RepliesOnceAndBeforeAnyData) {
  replies_ = false;
  ASSERT_THAT(Receive({client_.Open(1), client_.Open(3)}), IsOk());
  EXPECT_THAT(Output(), IsEmpty());
  session_.Send(1, "early", false);
  session_.Reply(1);
  session_.Reply(3);
  session_.Reply(5);
  EXPECT_THAT(Output(), ElementsAre("reply 1", "data 1 early", "reply 3"));
}

TEST_F(SpdySessionTest, ResetsByEitherSideEndAStream) {
  Open({1, 3});
  session_.Reset(1, SpdyResetStatus::kRefusedStream);
  session_.Reset(1, SpdyResetStatus::kCancel);
  session_.Send(1, "nobody hears", true);
  ASSERT_THAT(Receive({Client::Reset(3), Client::Reset(3), Client::Reset(1), Client::Reset(99)}),
              IsOk());
  session_.Send(3, "nobody hears", true);
  EXPECT_THAT(Events(), ElementsAre("reset 3 5"));
  EXPECT_THAT(Output(), ElementsAre("reset 1 3"));
  EXPECT_EQ(session_.open_streams(), 0u);
}

TEST_F(SpdySessionTest, AnswersWhatIsSentOnStreamsThatAreNotOpen) {
  Open({1, 3});
  session_.Reset(3, SpdyResetStatus::kCancel);
  Output();
  ASSERT_THAT(Receive({Client::Data(3, "late"), Client::Data(5, "early", true),
                       Client::Data(2, "ours"), client_.MoreHeaders(3, true)}),
              IsOk());
  EXPECT_THAT(Output(), ElementsAre("reset 3 9", "reset 5 2", "reset 2 2", "reset 3 9"));
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_EQ(session_.open_streams(), 1u);
}

TEST_F(SpdySessionTest, ResetsAStreamThatGoesOnAfterItsEnd) {
  Open({1});
  ASSERT_THAT(Receive({Client::Data(1, "", true), Client::Data(1, "more")}), IsOk());
  EXPECT_THAT(Events(), ElementsAre("end 1", "reset 1 9"));
  EXPECT_THAT(Output(), ElementsAre("reset 1 9"));
  EXPECT_EQ(session_.open_streams(), 0u);
}

TEST_F(SpdySessionTest, DropsTheRestOfAFrameWhoseStreamWasReset) {
  Open({1});
  const std::string frame = Client::Data(1, "one two", true);
  on_event_ = [this](absl::string_view, uint32_t stream) {
    session_.Reset(stream, SpdyResetStatus::kCancel);
  };
  ASSERT_THAT(session_.Receive(frame.substr(0, 11)), IsOk());
  ASSERT_THAT(session_.Receive(frame.substr(11)), IsOk());
  EXPECT_THAT(Events(), ElementsAre("data 1 one"));
  EXPECT_THAT(Output(), ElementsAre("reset 1 5"));
}

TEST_F(SpdySessionTest, MayBeAnsweredInTheMiddleOfAnything) {
  on_event_ = [this](absl::string_view what, uint32_t stream) {
    if (what == "open" && stream == 1) {
      session_.Send(1, "bye", true);
    } else if (what == "open" && stream == 3) {
      session_.Reset(3, SpdyResetStatus::kCancel);
    } else if (what == "end") {
      session_.Send(stream, "last", true);
    }
  };
  ASSERT_THAT(
      Receive({client_.Open(1, {}, true), client_.Open(3, {}, true), client_.Open(5, {}, true)}),
      IsOk());
  EXPECT_THAT(Events(), ElementsAre("open 1", "end 1", "open 3", "open 5", "end 5"));
  EXPECT_THAT(Output(),
              ElementsAre("reply 1", "data 1 fin bye", "reset 3 5", "reply 5", "data 5 fin last"));
  EXPECT_EQ(session_.open_streams(), 0u);
}

TEST_F(SpdySessionTest, EchoesPingsOfTheClientOnly) {
  ASSERT_THAT(
      Receive({Client::Ping(1), Client::Ping(2), Client::Ping(0), Client::Ping(0xffffffff)}),
      IsOk());
  EXPECT_THAT(Output(), ElementsAre("ping 1", "ping 4294967295"));
}

TEST_F(SpdySessionTest, RefusesStreamsAboveTheLimit) {
  uint32_t stream = 1;
  for (size_t i = 0; i < kMaxSpdyStreams; ++i, stream += 2) {
    Open({stream});
  }
  ASSERT_THAT(session_.Receive(client_.Open(stream)), IsOk());
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_THAT(Output(), ElementsAre(absl::StrCat("reset ", stream, " 3")));
  session_.Reset(1, SpdyResetStatus::kCancel);
  Output();
  ASSERT_THAT(session_.Receive(client_.Open(stream + 2, {{"port", "1"}})), IsOk());
  EXPECT_THAT(Events(), ElementsAre(absl::StrCat("open ", stream + 2, " port=1")));
  EXPECT_EQ(session_.open_streams(), kMaxSpdyStreams);
}

TEST_F(SpdySessionTest, RefusesStreamsThatWeMayNotAnswer) {
  ASSERT_THAT(session_.Receive(client_.Unidirectional(1)), IsOk());
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_THAT(Output(), ElementsAre("reset 1 3"));
}

TEST_F(SpdySessionTest, OpensNothingAfterItsGoAway) {
  Open({1});
  session_.GoAway();
  session_.GoAway();
  ASSERT_THAT(Receive({client_.Open(3), client_.Open(5), Client::Data(1, "x")}), IsOk());
  EXPECT_THAT(Output(), ElementsAre("goaway 1 0"));
  EXPECT_THAT(Events(), ElementsAre("data 1 x"));
}

TEST_F(SpdySessionTest, GoesOnAfterTheClientsGoAway) {
  Open({1});
  ASSERT_THAT(Receive({Client::Bytes(SpdyGoAway{}), Client::Data(1, "x", true)}), IsOk());
  EXPECT_THAT(Events(), ElementsAre("goaway", "data 1 x", "end 1"));
}

TEST_F(SpdySessionTest, IsBrokenByWhatNoClientMaySend) {
  const auto syn = [](absl::string_view block) {
    SpdySynStream frame;
    frame.stream = 7;
    frame.header_block = block;
    return Client::Bytes(frame);
  };
  const struct {
    const char* name;
    std::function<std::string(Client&)> bytes;
  } kCases[] = {
      {"a malformed frame", [](Client&) { return std::string(8, '\xff'); }},
      {"a stream of ours", [](Client& client) { return client.Open(8); }},
      {"the same stream again", [](Client& client) { return client.Open(5); }},
      {"an older stream", [](Client& client) { return client.Open(3); }},
      {"an answer",
       [](Client&) {
         return Client::Bytes(SpdySynReply{5, false, ""});
       }},
      {"no headers", [&](Client&) { return syn(""); }},
      {"headers that are not packed", [&](Client&) { return syn("port"); }},
      {"headers of another packer", [&](Client&) { return syn(SpdyHeaderPacker().Pack("port")); }},
      {"a name with capitals",
       [](Client& client) {
         return client.Open(7, {{"Port", "1"}});
       }},
      {"more headers, not packed",
       [](Client&) {
         return Client::Bytes(SpdyMoreHeaders{5, false, "port"});
       }},
      {"headers that are too long",
       [](Client& client) {
         return client.Open(7, {{"a", std::string(kMaxSpdyHeaderBlock, 'a')}});
       }},
  };
  for (const auto& test_case : kCases) {
    Client client;
    SpdySession session(*this);
    ASSERT_THAT(session.Receive(client.Open(5)), IsOk());
    client.Read(session.TakeOutput());
    const absl::Status broken = session.Receive(test_case.bytes(client) + Client::Ping(1));
    EXPECT_FALSE(broken.ok()) << test_case.name;
    EXPECT_THAT(client.Read(session.TakeOutput()), ElementsAre("goaway 5 1")) << test_case.name;
    EXPECT_EQ(session.Receive(client.Open(9)), broken) << test_case.name;
    EXPECT_THAT(session.TakeOutput(), IsEmpty()) << test_case.name;
  }
}

TEST_F(SpdySessionTest, SaysLittleToWhatItRefuses) {
  replies_ = false;
  std::string bytes;
  for (uint32_t i = 0; i < 1000; ++i) {
    absl::StrAppend(&bytes, Client::Data(1, ""), Client::Ping(1), Client::Reset(1));
  }
  ASSERT_THAT(session_.Receive(bytes), IsOk());
  EXPECT_THAT(session_.output_size(), Le(2 * bytes.size()));
}

}  // namespace
}  // namespace berth::cri
