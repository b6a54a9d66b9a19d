// SPDX-License-Identifier: Apache-2.0
#include "runtime/process_session.h"

#include <poll.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_process.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

bool Readable(int fd) {
  pollfd entry = {fd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

TEST(ProcessSession, TheExitIsKnownOnceItIsTold) {
  test::FakeProcess process;
  EXPECT_FALSE(process.session->Exit().has_value());
  EXPECT_FALSE(Readable(process.session->event_fd()));
  process.Exit(3);
  EXPECT_TRUE(Readable(process.session->event_fd()));
  EXPECT_THAT(*process.session->Exit(), test::IsOkAndHolds(3));
  EXPECT_THAT(*process.session->Exit(), test::IsOkAndHolds(3));
}

TEST(ProcessSession, AShimThatIsGoneIsUnavailable) {
  test::FakeProcess process;
  process.shim = sys::Fd();
  EXPECT_TRUE(Readable(process.session->event_fd()));
  EXPECT_THAT(*process.session->Exit(), test::StatusIs(absl::StatusCode::kUnavailable));
}

TEST(ProcessSession, StreamsAreTakenOnce) {
  test::FakeProcess process;
  const sys::Fd input = process.session->TakeInput();
  ASSERT_EQ(write(input.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(process.input.get(), &byte, 1), 1);
  EXPECT_FALSE(process.session->TakeInput().is_open());
  EXPECT_TRUE(process.session->TakeOutput().is_open());
  EXPECT_TRUE(process.session->TakeError().is_open());
}

TEST(ProcessSession, OnlyAnAttachmentTellsOfTheInputsEnd) {
  test::FakeProcess exec;
  EXPECT_THAT(exec.session->CloseInput(), test::IsOk());
  EXPECT_FALSE(Readable(exec.shim.get()));

  test::FakeProcess attachment(ProcessSession::Kind::kAttach);
  EXPECT_THAT(attachment.session->CloseInput(), test::IsOk());
  ShimRequest request;
  ASSERT_EQ(read(attachment.shim.get(), &request, sizeof(request)),
            static_cast<ssize_t>(sizeof(request)));
  EXPECT_EQ(request.type, RequestType::kCloseInput);
}

TEST(ProcessSession, WithoutATerminalThereIsNothingToResize) {
  test::FakeProcess process;
  EXPECT_THAT(process.session->Resize(24, 80),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::runtime
