// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/conversation.h"

#include <signal.h>

#include <optional>
#include <vector>

#include "gmock/gmock.h"

#include "base/detach_keys.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/fake_stream.h"
#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Messages = std::vector<std::string>;

// Our streams are pipes, or stdin is a terminal, while a conversation is held.
class ConversationTest : public ::testing::Test {
 protected:
  absl::StatusOr<ConversationEnd> Talk(const std::string& url, const ConversationOptions& options) {
    const ReplacedStream input(STDIN_FILENO,
                               options.terminal ? terminal_.slave.get() : input_.reader());
    const ReplacedStream output(STDOUT_FILENO, output_.writer());
    const ReplacedStream error(STDERR_FILENO, error_.writer());
    return Converse(url, options);
  }

  void Type(absl::string_view bytes) const {
    const int file = input_.writer();
    EXPECT_EQ(write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  sys::Terminal terminal_ = NewTerminal(24, 80);
  StreamPipe input_;
  StreamPipe output_;
  StreamPipe error_;
};

TEST_F(ConversationTest, ShowsWhatTheCommandSaysAndHowItEnds) {
  std::string asked_for;
  std::optional<FakeStream> daemon;
  daemon.emplace([&](FakeStream& stream) {
    asked_for = stream.asked_for();
    stream.Send("\1out");
    stream.Send("\2err");
    stream.Send("\1 more");
    stream.Send("\7no such channel");
    stream.Send("\3{\"status\":\"Failure\",\"details\":{\"causes\":");
    stream.Send("\3[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}");
    stream.Close();
  });
  const absl::StatusOr<ConversationEnd> end = Talk(daemon->Url(), {});
  daemon.reset();
  ASSERT_THAT(end, IsOk());
  EXPECT_EQ(end->exit_code, 3);
  EXPECT_FALSE(end->detached);
  EXPECT_EQ(output_.Read(), "out more");
  EXPECT_EQ(error_.Read(), "err");
  EXPECT_EQ(asked_for, "/exec/token v5.channel.k8s.io");
}

TEST_F(ConversationTest, PassesInputAndItsEndOn) {
  Messages received;
  Type("typed");
  std::optional<FakeStream> daemon;
  daemon.emplace([&](FakeStream& stream) {
    received.push_back(stream.Receive());
    Type("later");
    received.push_back(stream.Receive());
    input_.CloseWriter();
    received.push_back(stream.Receive());
    stream.Send(kSuccess);
    stream.Close();
  });
  const absl::StatusOr<ConversationEnd> end = Talk(daemon->Url(), {.input = true});
  daemon.reset();
  ASSERT_THAT(end, IsOk());
  EXPECT_EQ(end->exit_code, 0);
  const std::string input(1, '\0');
  EXPECT_THAT(received, ElementsAre(input + "typed", input + "later", "\xff" + input));
}

TEST_F(ConversationTest, PassesATerminalsSizesAndKeysOnUntilTheKeysThatDetach) {
  Messages received;
  const int master = terminal_.master.get();
  std::optional<FakeStream> daemon;
  daemon.emplace([&](FakeStream& stream) {
    received.push_back(stream.Receive());
    EXPECT_TRUE(sys::SetWindowSize(master, 50, 200).ok());
    kill(getpid(), SIGWINCH);
    received.push_back(stream.Receive());
    EXPECT_EQ(write(master, "a\x03\x10", 3), 3);
    received.push_back(stream.Receive());
    EXPECT_EQ(write(master, "\x11 unseen", 8), 8);
    received.push_back(stream.Receive());
  });
  const absl::StatusOr<ConversationEnd> end =
      Talk(daemon->Url(), {.input = true, .terminal = true, .detach_keys = kUsualDetachKeys});
  daemon.reset();
  ASSERT_THAT(end, IsOk());
  EXPECT_TRUE(end->detached);
  EXPECT_THAT(received,
              ElementsAre("\4{\"Width\":80,\"Height\":24}", "\4{\"Width\":200,\"Height\":50}",
                          std::string(1, '\0') + "a\x03", "gone"));
}

TEST_F(ConversationTest, SaysWhyThereWasNone) {
  std::string url;
  {
    FakeStream daemon([](FakeStream& stream) { stream.Send("\1half of it"); });
    url = daemon.Url();
    EXPECT_THAT(Talk(url, {}), StatusIs(absl::StatusCode::kUnavailable,
                                        HasSubstr("without saying how the command ended")));
  }
  EXPECT_THAT(Talk(url, {}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("Connection refused")));
  EXPECT_THAT(Talk("tcp://", {}), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::cli
