// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/signal_pass.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(SignalPass, HandsOnWhatComesAndLeavesSignalsAsTheyWere) {
  struct sigaction before = {};
  sigaction(SIGINT, nullptr, &before);
  signal(SIGHUP, SIG_IGN);
  std::vector<int> passed;
  {
    const SignalPass signals;
    const SignalSource source = signals.To([&](int number) {
      passed.push_back(number);
      return absl::OkStatus();
    });
    source.take();
    raise(SIGINT);
    raise(SIGHUP);
    raise(SIGUSR1);
    raise(SIGINT);
    source.take();
  }
  EXPECT_THAT(passed, testing::ElementsAre(SIGINT, SIGUSR1, SIGINT));
  struct sigaction after = {};
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  signal(SIGHUP, SIG_DFL);
}

}  // namespace
}  // namespace berth::cli
