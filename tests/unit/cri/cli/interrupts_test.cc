// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/interrupts.h"

#include <signal.h>

#include <map>
#include <mutex>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

TEST(Interrupts, StopAtFirstAndThenKill) {
  std::mutex mutex;
  std::vector<absl::Duration> graces;
  {
    Interrupts interrupts;
    const SignalSource source = interrupts.StopOnSignal([&](absl::Duration grace) {
      const std::lock_guard lock(mutex);
      graces.push_back(grace);
      return absl::OkStatus();
    });
    source.take();
    raise(SIGINT);
    raise(SIGTERM);
    source.take();
  }
  EXPECT_THAT(graces, testing::UnorderedElementsAre(kDefaultGrace, absl::ZeroDuration()));
}

using Handler = void (*)(int);

Handler HandlerOf(int number) {
  struct sigaction action = {};
  sigaction(number, nullptr, &action);
  return action.sa_handler;
}

TEST(Interrupts, LeaveSignalsAsTheyWere) {
  std::map<int, Handler> before;
  for (const int number : {SIGINT, SIGHUP, SIGPIPE}) {
    before[number] = HandlerOf(number);
  }
  signal(SIGTERM, SIG_IGN);
  {
    const Interrupts interrupts;
    EXPECT_NE(HandlerOf(SIGINT), before[SIGINT]);
    EXPECT_NE(HandlerOf(SIGTERM), SIG_IGN);
  }
  for (const auto& [number, handler] : before) {
    EXPECT_EQ(HandlerOf(number), handler) << number;
  }
  EXPECT_EQ(HandlerOf(SIGTERM), SIG_IGN);
  signal(SIGTERM, SIG_DFL);
}

TEST(Interrupts, ABrokenPipeStaysIgnored) {
  {
    const Interrupts interrupts;
    raise(SIGPIPE);
  }
  EXPECT_EQ(HandlerOf(SIGPIPE), SIG_IGN);
  signal(SIGPIPE, SIG_DFL);
}

}  // namespace
}  // namespace berth::cli
