// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/session_keeper.h"

#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/fakes/fake_process.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

struct Ending {
  absl::Notification told;
  absl::StatusOr<int32_t> exit = 0;
  std::string output;

  KeptCommand Of(test::FakeProcess& process, size_t max_output) {
    sys::Fd out = process.session->TakeOutput();
    return {.session = std::move(process.session),
            .output = std::move(out),
            .max_output = max_output,
            .done = [this](absl::StatusOr<int32_t> code, std::string said) {
              exit = std::move(code);
              output = std::move(said);
              told.Notify();
            }};
  }
};

TEST(SessionKeeper, TellsTheExitAndTheBeginningOfWhatWasSaid) {
  const auto keeper = SessionKeeper::Start().value();
  test::FakeProcess process;
  Ending ending;
  keeper->Keep(ending.Of(process, 5));
  ASSERT_EQ(write(process.output.get(), "hello all", 9), 9);
  process.Exit(3);
  ending.told.WaitForNotification();
  EXPECT_EQ(ending.exit.value(), 3);
  EXPECT_EQ(ending.output, "hello");
}

TEST(SessionKeeper, SilenceEndsNothingAndADeadlineEverything) {
  const auto keeper = SessionKeeper::Start().value();
  test::FakeProcess stays;
  test::FakeProcess late;
  Ending first;
  Ending second;
  stays.output = sys::Fd();
  keeper->Keep(first.Of(stays, 0));
  KeptCommand command = second.Of(late, 0);
  command.deadline = SteadyNow() + absl::Milliseconds(20);
  keeper->Keep(std::move(command));
  second.told.WaitForNotification();
  EXPECT_THAT(second.exit, test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  char byte;
  EXPECT_EQ(read(late.shim.get(), &byte, 1), 0);  // the session is gone, and the process with it
  EXPECT_FALSE(first.told.HasBeenNotified());
}

TEST(SessionKeeper, EndsWhatIsLeft) {
  auto keeper = SessionKeeper::Start().value();
  test::FakeProcess process;
  Ending ending;
  keeper->Keep(ending.Of(process, 0));
  keeper.reset();
  char byte;
  EXPECT_EQ(read(process.shim.get(), &byte, 1), 0);
  EXPECT_FALSE(ending.told.HasBeenNotified());
}

}  // namespace
}  // namespace berth::cri
