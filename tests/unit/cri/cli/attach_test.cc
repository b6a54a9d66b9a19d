// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/fake_stream.h"

namespace berth::cli {
namespace {

using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Target kContainer = {TargetKind::kContainer, "c1", "web", "p1"};

TEST(StreamsOf, AreThoseThatTheContainerWasMadeWith) {
  FakeDaemon daemon;
  daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  const struct {
    const char* info;
    bool input;
    bool terminal;
  } kCases[] = {
      {R"({"config":{"stdin":true,"tty":false}})", true, false},
      {R"({"config":{"tty":true}})", false, true},
      {R"({"config":{"stdin":"yes"}})", false, false},
      {"", false, false},
  };
  for (const auto& test_case : kCases) {
    daemon.info = test_case.info;
    const absl::StatusOr<AttachedStreams> streams = StreamsOf(daemon.Connect(), kContainer);
    ASSERT_THAT(streams, test::IsOk());
    EXPECT_EQ(streams->input, test_case.input) << test_case.info;
    EXPECT_EQ(streams->terminal, test_case.terminal) << test_case.info;
  }
}

TEST(Attach, GivesTheContainersExitCode) {
  FakeDaemon daemon;
  daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  daemon.exit_code = 3;
  const FakeStream stream([](FakeStream& end) {
    end.Send(kSuccess);
    end.Close();
  });
  daemon.stream_url = stream.Url();
  EXPECT_THAT(Attach(daemon.Connect(), kContainer, {}), IsOkAndHolds(3));
  EXPECT_THAT(daemon.Calls(), ElementsAre("attach c1 stdout stderr"));
}

TEST(Attach, StartsOnceTheStreamsAreConnected) {
  FakeDaemon daemon;
  daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  const FakeStream stream([](FakeStream& end) {
    end.Send("\1");
    end.Send("\1");
    end.Send(kSuccess);
    end.Close();
  });
  daemon.stream_url = stream.Url();
  int starts = 0;
  EXPECT_THAT(Attach(daemon.Connect(), kContainer, {},
                     [&] {
                       ++starts;
                       return absl::OkStatus();
                     }),
              IsOkAndHolds(0));
  EXPECT_EQ(starts, 1);
}

TEST(Attach, EndsWithAStartThatFails) {
  FakeDaemon daemon;
  const FakeStream stream([](FakeStream& end) {
    end.Send("\1");
    EXPECT_EQ(end.Receive(), "gone");
  });
  daemon.stream_url = stream.Url();
  EXPECT_THAT(Attach(daemon.Connect(), kContainer, {},
                     [] { return absl::InternalError("no such program"); }),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("no such program")));
}

TEST(Attach, SaysWhatFailed) {
  FakeDaemon daemon;
  EXPECT_THAT(Attach(daemon.Connect(), kContainer, {.input = true, .terminal = true}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("attaching to web")));
  EXPECT_THAT(daemon.Calls(), ElementsAre("attach c1 stdin stdout tty"));
}

}  // namespace
}  // namespace berth::cli
