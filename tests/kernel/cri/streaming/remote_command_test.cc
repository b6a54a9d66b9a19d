// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/remote_command.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"

#include "base/sys/file.h"
#include "cri/streaming/command_status.h"
#include "cri/streaming/descriptor_writer.h"
#include "tests/kernel/cri/streaming/loop_under_test.h"
#include "tests/kernel/cri/streaming/process_under_test.h"

namespace berth::cri {
namespace {

using Kind = runtime::ProcessSession::Kind;

constexpr int kVersion = 4;

// What a client was told. The client itself is the session's.
struct Told {
  CommandClient::Listener* listener = nullptr;
  std::string output;
  std::string error;
  std::vector<Channel> ended;
  std::optional<std::string> status;
  bool open = false;
  bool congested = false;
  bool paused = false;
};

class FakeClient final : public CommandClient {
 public:
  explicit FakeClient(Told& told) : told_(told) {}
  void Start(Listener& listener) override { told_.listener = &listener; }
  void TellOpen() override {
    EXPECT_FALSE(told_.open) << "once";
    told_.open = true;
  }
  void Send(Channel channel, absl::string_view bytes) override {
    EXPECT_TRUE(told_.open) << "before all output";
    EXPECT_FALSE(told_.status.has_value()) << "nothing follows the status";
    (channel == Channel::kOutput ? told_.output : told_.error) += std::string(bytes);
  }
  void End(Channel channel) override { told_.ended.push_back(channel); }
  bool congested() const override { return told_.congested; }
  void Pause() override { told_.paused = true; }
  void Resume() override { told_.paused = false; }
  void Finish(absl::string_view status) override { told_.status = std::string(status); }
  int version() const override { return kVersion; }

 private:
  Told& told_;
};

constexpr runtime::StreamChoice kPipes = {.input = true, .output = true, .error = true};
constexpr runtime::StreamChoice kTerminal = {.input = true, .output = true, .terminal = true};

class RemoteCommandTest : public LoopTest {
 protected:
  RemoteCommandTest() {
    runtime.containers.emplace_back();
    runtime.containers.back().id = "c1";
    runtime.containers.back().pod_id = "p1";
  }
  void Start(Kind kind, const runtime::StreamChoice& streams = kPipes) {
    auto client = std::make_unique<FakeClient>(told);
    const StreamingContext context{loop, runtime, starters};
    session =
        kind == Kind::kExec
            ? MakeRemoteExec(context, ExecStreams{"p1", "c1", {"sh"}, streams}, std::move(client))
            : MakeRemoteAttach(context, AttachStreams{"p1", "c1", streams}, std::move(client));
    session->Start([this] { done = true; });
  }
  // With a process that runs.
  ProcessUnderTest Run(Kind kind, const runtime::StreamChoice& streams = kPipes) {
    ProcessUnderTest process = ProcessUnderTest::In(runtime, kind);
    Start(kind, streams);
    told.listener->OnReady();
    process.Print("started\n");
    EXPECT_TRUE(RunUntil([&] { return told.output == "started\n"; }));
    told.output.clear();
    return process;
  }
  std::string Status(const absl::StatusOr<int32_t>& exit) { return CommandStatus(exit, kVersion); }
  std::string Outcome() {
    EXPECT_TRUE(RunUntil([&] { return told.status.has_value(); }));
    return told.status.value_or("");
  }
  // What the process reads.
  std::string Read(const ProcessUnderTest& process, size_t size) {
    std::string got;
    EXPECT_TRUE(RunUntil([&] {
      char space[64 << 10];
      const ssize_t n =
          read(process.input.get(), space, std::min(sizeof(space), size - got.size()));
      got.append(space, n > 0 ? static_cast<size_t>(n) : 0);
      return got.size() == size;
    }));
    return got;
  }
  // All that is scheduled by now has run.
  void AwaitStarters() {
    absl::Notification over;
    starters.Schedule("p1", [&] { over.Notify(); });
    over.WaitForNotification();
  }
  bool InputEnds(const ProcessUnderTest& process) {
    return RunUntil([&] {
      char byte;
      return read(process.input.get(), &byte, sizeof(byte)) == 0;
    });
  }

  test::FakePodRuntime runtime;
  Told told;
  bool done = false;
  std::shared_ptr<Session> session;
  Starters starters{1, 1};  // ends before what its work uses
};

TEST_F(RemoteCommandTest, TellsTheExitCodeBehindAllOutput) {
  for (const int32_t code : {0, 3}) {
    told = Told();
    ProcessUnderTest process = Run(Kind::kExec);
    process.Exit(code);
    RunReady();
    process.Print("last words");
    EXPECT_EQ(write(process.error.get(), "oh", 2), 2);
    RunReady();
    EXPECT_FALSE(told.status.has_value());
    process.CloseOutput();
    EXPECT_EQ(Outcome(), Status(code));
    EXPECT_EQ(told.output, "last words");
    EXPECT_EQ(told.error, "oh");
    EXPECT_THAT(told.ended, ::testing::UnorderedElementsAre(Channel::kOutput, Channel::kError));
    EXPECT_TRUE(process.IsReleased());
    told.listener->OnGone();
    EXPECT_TRUE(done);
  }
  EXPECT_EQ(runtime.calls.front(), "Exec c1 sh");
}

TEST_F(RemoteCommandTest, SaysWhyNothingWasStarted) {
  runtime.failures["Exec"] = absl::FailedPreconditionError("the container has ended");
  Start(Kind::kExec);
  told.listener->OnReady();
  EXPECT_EQ(Outcome(), Status(runtime.failures["Exec"]));
  told.listener->OnData(Channel::kInput, "for nobody");
  told.listener->OnEnd(Channel::kInput);
}

TEST_F(RemoteCommandTest, SaysThatTheShimHasGone) {
  ProcessUnderTest process = Run(Kind::kExec);
  process.CloseOutput();
  process.shim = sys::Fd();
  EXPECT_EQ(Outcome(), Status(absl::UnavailableError("the shim has closed the connection")));
}

TEST_F(RemoteCommandTest, DoesNotAwaitOutputThatIsHeldOpenForEver) {
  const ProcessUnderTest process = Run(Kind::kExec);
  process.Exit(0);
  EXPECT_EQ(Outcome(), Status(0));
}

TEST_F(RemoteCommandTest, ReadsNoOutputForAClientThatIsCongested) {
  const ProcessUnderTest process = Run(Kind::kExec);
  told.congested = true;
  process.Print("one ");
  EXPECT_TRUE(RunUntil([&] { return told.output == "one "; }));
  process.Print("two");
  RunReady();
  EXPECT_EQ(told.output, "one ");
  told.congested = false;
  told.listener->OnDrained();
  EXPECT_TRUE(RunUntil([&] { return told.output == "one two"; }));
}

TEST_F(RemoteCommandTest, PausesAClientWhoseInputIsNotRead) {
  const ProcessUnderTest process = Run(Kind::kExec);
  size_t pushed = 0;
  for (; !told.paused; pushed += kMaxPendingInput / 4) {
    told.listener->OnData(Channel::kInput, std::string(kMaxPendingInput / 4, 'x'));
    RunReady();
  }
  EXPECT_GE(pushed, kMaxPendingInput);
  EXPECT_EQ(Read(process, pushed).size(), pushed);
  EXPECT_TRUE(RunUntil([&] { return !told.paused; }));
}

TEST_F(RemoteCommandTest, ResumesAClientWhoseEarlyInputNobodyTakes) {
  ProcessUnderTest process = ProcessUnderTest::In(runtime, Kind::kAttach);
  (void)runtime.session->TakeInput();  // the container has none
  Start(Kind::kAttach);
  told.listener->OnReady();
  told.listener->OnData(Channel::kInput, std::string(kMaxPendingInput, 'x'));
  EXPECT_TRUE(told.paused);
  EXPECT_TRUE(RunUntil([&] { return !told.paused; }));
}

TEST_F(RemoteCommandTest, PassesInputAndItsEndOn) {
  const ProcessUnderTest process = ProcessUnderTest::In(runtime, Kind::kExec);
  Start(Kind::kExec);
  told.listener->OnData(Channel::kInput, "early ");
  told.listener->OnReady();
  told.listener->OnData(Channel::kInput, "late");
  told.listener->OnEnd(Channel::kInput);
  told.listener->OnData(Channel::kInput, "too late");
  EXPECT_EQ(Read(process, 10), "early late");
  EXPECT_TRUE(InputEnds(process));
}

TEST_F(RemoteCommandTest, TellsTheShimOfTheEndOfAnAttachmentsInput) {
  const ProcessUnderTest process = Run(Kind::kAttach);
  told.listener->OnEnd(Channel::kInput);
  EXPECT_TRUE(InputEnds(process));
  runtime::ShimRequest request;
  ASSERT_EQ(recv(process.shim.get(), &request, sizeof(request), MSG_DONTWAIT),
            static_cast<ssize_t>(sizeof(request)));
  EXPECT_EQ(request.type, runtime::RequestType::kCloseInput);
}

TEST_F(RemoteCommandTest, LetsGoOfTheProcessWhenTheClientLeaves) {
  const ProcessUnderTest process = Run(Kind::kExec);
  told.listener->OnGone();
  EXPECT_TRUE(done);
  EXPECT_TRUE(process.IsReleased());
  EXPECT_TRUE(InputEnds(process));
  EXPECT_FALSE(told.status.has_value());
}

TEST_F(RemoteCommandTest, LetsGoOfTheProcessWhenItIsDropped) {
  const ProcessUnderTest process = Run(Kind::kExec);
  session.reset();
  EXPECT_TRUE(process.IsReleased());
  RunReady();
}

TEST_F(RemoteCommandTest, LetsGoOfAProcessWhoseClientLeftWhileItWasStarted) {
  const ProcessUnderTest process = ProcessUnderTest::In(runtime, Kind::kExec);
  Start(Kind::kExec);
  told.listener->OnReady();
  AwaitStarters();
  told.listener->OnGone();
  EXPECT_TRUE(RunUntil([&] { return process.IsReleased(); }));
}

TEST_F(RemoteCommandTest, StartsNothingForAClientThatLeftBeforeItsTurn) {
  absl::Notification release;
  starters.Schedule("p1", [&] { release.WaitForNotification(); });
  Start(Kind::kExec);
  told.listener->OnReady();
  told.listener->OnGone();
  release.Notify();
  AwaitStarters();
  EXPECT_THAT(runtime.calls, ::testing::IsEmpty());
}

TEST_F(RemoteCommandTest, GivesATerminalTheSizeThatCameBeforeIt) {
  const sys::Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  const sys::SocketPair shim = *sys::MakeSocketPair();
  runtime::ProcessEnds ends;
  ends.shim = *sys::Duplicate(shim.second.get());
  ends.terminal = *sys::Duplicate(master.get());
  runtime.containers.emplace_back().id = "c1";
  runtime.session = std::make_unique<runtime::ProcessSession>(Kind::kExec, std::move(ends));
  const auto columns = [&] {
    winsize size = {};
    ioctl(master.get(), TIOCGWINSZ, &size);
    return size.ws_col;
  };
  Start(Kind::kExec, kTerminal);
  told.listener->OnData(Channel::kResize, R"({"Width":80,"Height":24})");
  told.listener->OnReady();
  EXPECT_TRUE(RunUntil([&] { return columns() == 80; }));
  told.listener->OnData(Channel::kResize, R"({"Width":200,)");
  told.listener->OnData(Channel::kResize, R"("Height":50})");
  EXPECT_EQ(columns(), 200);
}

TEST_F(RemoteCommandTest, LeavesATerminalsInputOpen) {
  const ProcessUnderTest process = Run(Kind::kExec, kTerminal);
  told.listener->OnEnd(Channel::kInput);
  told.listener->OnData(Channel::kInput, "typed");
  EXPECT_EQ(Read(process, 5), "typed");
}

TEST_F(RemoteCommandTest, AnAttachmentSucceedsHoweverTheContainerEnds) {
  ProcessUnderTest process = Run(Kind::kAttach);
  process.CloseOutput();
  process.Exit(3);
  EXPECT_EQ(Outcome(), Status(0));
  EXPECT_EQ(runtime.calls.front(), "Attach c1");
}

TEST_F(RemoteCommandTest, SaysThatAnAttachmentWasCutOff) {
  ProcessUnderTest process = Run(Kind::kAttach, {.output = true, .error = true});
  process.CloseOutput();
  EXPECT_THAT(Outcome(), ::testing::HasSubstr("came faster than it was taken"));
}

TEST_F(RemoteCommandTest, AnAttachmentWithInputGoesOnWithoutOutput) {
  ProcessUnderTest process = Run(Kind::kAttach);
  process.CloseOutput();
  RunReady();
  told.listener->OnData(Channel::kInput, "typed");
  EXPECT_EQ(Read(process, 5), "typed");
  process.Exit(0);
  EXPECT_EQ(Outcome(), Status(0));
}

}  // namespace
}  // namespace berth::cri
