// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_attach.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/shim/supervisor.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/kernel/runtime/session_reader.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

struct AttachFixture : RuntimeFixture {
  AttachFixture() {
    Open();
    pod = RunPod("one");
  }
  ~AttachFixture() { EXPECT_THAT(runtime().RemovePod(Soon(), pod), test::IsOk()); }
  AttachFixture(const AttachFixture&) = delete;
  AttachFixture& operator=(const AttachFixture&) = delete;

  using Edit = void (*)(v1::ContainerConfig&);
  std::string Start(const std::string& script, Edit edit) {
    ContainerRequest request = Request(runtime().FindPod(pod).value(), "main", script);
    edit(request.config);
    absl::StatusOr<std::string> id = runtime().CreateContainer(Soon(), std::move(request));
    EXPECT_THAT(id, test::IsOk());
    EXPECT_THAT(runtime().StartContainer(Soon(), *id), test::IsOk());
    return *id;
  }
  std::unique_ptr<ProcessSession> Attach(const std::string& id, const StreamChoice& streams) {
    auto session = runtime().Attach(Soon(), id, streams);
    EXPECT_THAT(session, test::IsOk());
    return std::move(session).value();
  }

  std::string pod;
};

constexpr StreamChoice kAll = {.input = true, .output = true, .error = true, .terminal = false};

KERNEL_TEST(ContainerAttach, InputThatIsReadOnceEndsWithTheClients) {
  AttachFixture fixture;
  const std::string id =
      fixture.Start("cat; echo end >&2; exit 3", [](v1::ContainerConfig& config) {
        config.set_stdin(true);
        config.set_stdin_once(true);
      });
  auto session = fixture.Attach(id, kAll);
  sys::Fd input = session->TakeInput();
  const sys::Fd output = session->TakeOutput();
  ASSERT_EQ(write(input.get(), "hello\n", 6), 6);
  EXPECT_EQ(ReadUntil(output.get(), "hello\n"), "hello\n");
  input = sys::Fd();
  EXPECT_THAT(session->CloseInput(), test::IsOk());
  EXPECT_EQ(ReadToEnd(output.get()), "");
  EXPECT_EQ(ReadToEnd(session->TakeError().get()), "end\n");
  EXPECT_EQ(AwaitExit(*session), 3);
}

KERNEL_TEST(ContainerAttach, AheadOfTheStartNothingIsLost) {
  AttachFixture fixture;
  for (const bool terminal : {false, true}) {
    ContainerRequest request =
        fixture.Request(fixture.runtime().FindPod(fixture.pod).value(),
                        terminal ? "terminal" : "pipes", "echo first; read x; echo got $x; exit 4");
    request.config.set_stdin(true);
    request.config.set_tty(terminal);
    const std::string id =
        fixture.runtime().CreateContainer(fixture.Soon(), std::move(request)).value();
    auto ahead = fixture.runtime().AttachAhead(fixture.Soon(), id, kAll);
    ASSERT_THAT(ahead, test::IsOk());
    ProcessSession& session = **ahead;
    EXPECT_FALSE(session.Exit().has_value());
    EXPECT_FALSE(session.TakeInput().is_open());
    const sys::Fd output = session.TakeOutput();
    ASSERT_THAT(fixture.runtime().StartContainer(fixture.Soon(), id), test::IsOk());
    EXPECT_THAT(ReadUntil(output.get(), "first"), HasSubstr("first"));
    EXPECT_FALSE(session.Exit().has_value());  // takes the input in
    const sys::Fd input = session.TakeInput();
    ASSERT_EQ(write(input.get(), "it\n", 3), 3);
    EXPECT_THAT(ReadUntil(output.get(), "got it"), HasSubstr("got it"));
    EXPECT_EQ(AwaitExit(session), 4);
  }
}

KERNEL_TEST(ContainerAttach, AheadOfAStartThatFailsEnds) {
  AttachFixture fixture;
  ContainerRequest request =
      fixture.Request(fixture.runtime().FindPod(fixture.pod).value(), "main", "true");
  request.config.clear_args();
  request.config.clear_command();
  request.config.add_command("/no/such/program");
  const std::string id =
      fixture.runtime().CreateContainer(fixture.Soon(), std::move(request)).value();
  auto session = fixture.runtime().AttachAhead(fixture.Soon(), id, kAll);
  ASSERT_THAT(session, test::IsOk());
  EXPECT_FALSE(fixture.runtime().StartContainer(fixture.Soon(), id).ok());
  EXPECT_EQ(ReadToEnd((*session)->TakeOutput().get()), "");
  EXPECT_FALSE((*session)->Exit().value().ok());
  EXPECT_THAT(fixture.runtime().AttachAhead(fixture.Soon(), id, kAll),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
}

KERNEL_TEST(ContainerAttach, OtherInputGoesOnForTheNextClient) {
  AttachFixture fixture;
  const std::string id = fixture.Start("while read x; do echo got $x; done",
                                       [](v1::ContainerConfig& config) { config.set_stdin(true); });
  for (int i = 0; i < 2; ++i) {
    auto session = fixture.Attach(id, kAll);
    const sys::Fd output = session->TakeOutput();
    ASSERT_EQ(write(session->TakeInput().get(), "it\n", 3), 3);
    EXPECT_EQ(ReadUntil(output.get(), "got it\n"), "got it\n");
    EXPECT_THAT(session->CloseInput(), test::IsOk());
  }
  EXPECT_EQ(fixture.StateOf(id), v1::CONTAINER_RUNNING);
}

KERNEL_TEST(ContainerAttach, ATerminalIsTheContainersOwn) {
  AttachFixture fixture;
  const std::string id = fixture.Start("read x; stty size", [](v1::ContainerConfig& config) {
    config.set_stdin(true);
    config.set_tty(true);
  });
  auto session = fixture.Attach(id, kAll);
  EXPECT_FALSE(session->TakeError().is_open());
  EXPECT_THAT(session->Resize(33, 77), test::IsOk());
  const sys::Fd output = session->TakeOutput();
  ASSERT_EQ(write(session->TakeInput().get(), "go\n", 3), 3);
  EXPECT_THAT(ReadToEnd(output.get()), HasSubstr("33 77\r\n"));
  EXPECT_EQ(AwaitExit(*session), 0);
}

KERNEL_TEST(ContainerAttach, WithoutInputThereIsNone) {
  AttachFixture fixture;
  const std::string id = fixture.Start("cat; sleep 1000", [](v1::ContainerConfig&) {});
  auto session = fixture.Attach(id, kAll);
  EXPECT_FALSE(session->TakeInput().is_open());
  EXPECT_THAT(session->Resize(1, 1), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(fixture.runtime().StopContainer(fixture.Soon(), id, absl::ZeroDuration()),
              test::IsOk());
  EXPECT_EQ(AwaitExit(*session), 137);
  EXPECT_THAT(fixture.runtime().Attach(fixture.Soon(), id, kAll),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
}

KERNEL_TEST(ContainerAttach, TooManyAreRefused) {
  AttachFixture fixture;
  const std::string id = fixture.Start("sleep 1000", [](v1::ContainerConfig&) {});
  std::vector<std::unique_ptr<ProcessSession>> sessions;
  for (size_t i = 0; i < shim::kMaxAttachmentsOfContainer; ++i) {
    sessions.push_back(fixture.Attach(id, kAll));
  }
  EXPECT_THAT(fixture.runtime().Attach(fixture.Soon(), id, kAll),
              test::StatusIs(absl::StatusCode::kResourceExhausted));
}

KERNEL_TEST(ContainerAttach, SocketsAreThoseOfAReadyPod) {
  AttachFixture fixture;
  absl::StatusOr<std::vector<sys::Fd>> sockets =
      fixture.runtime().OpenSockets(fixture.Soon(), fixture.pod);
  ASSERT_THAT(sockets, test::IsOk());
  EXPECT_THAT(sockets->size(), ::testing::AnyOf(1, 2));
  for (const sys::Fd& socket : *sockets) {
    EXPECT_TRUE(socket.is_open());
  }
  EXPECT_THAT(fixture.runtime().StopPod(fixture.Soon(), fixture.pod), test::IsOk());
  EXPECT_THAT(fixture.runtime().OpenSockets(fixture.Soon(), fixture.pod),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::runtime
