// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/interrupts.h"

#include <signal.h>

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
    TakeSignal(source);
    raise(SIGINT);
    raise(SIGTERM);
    TakeSignal(source);
  }
  EXPECT_THAT(graces, testing::UnorderedElementsAre(kDefaultGrace, absl::ZeroDuration()));
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
}

}  // namespace
}  // namespace berth::cli
