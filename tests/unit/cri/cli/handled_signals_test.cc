// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/handled_signals.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

int taken = 0;

void Take(int /*number*/) {
  ++taken;
}

TEST(HandledSignals, AreAsTheyWereAfterwards) {
  taken = 0;
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, SIG_IGN);
  {
    HandledSignals signals;
    signals.Handle(SIGUSR1, Take);
    signals.HandleUnlessIgnored(SIGUSR2, Take);
    raise(SIGUSR1);
    raise(SIGUSR2);
    EXPECT_EQ(taken, 1) << "what is ignored stays so";
  }
  EXPECT_TRUE(IsIgnored(SIGUSR1));
  signal(SIGUSR1, SIG_DFL);
  signal(SIGUSR2, SIG_DFL);
}

TEST(HandledSignals, OneMayStay) {
  taken = 0;
  {
    HandledSignals signals;
    signals.Handle(SIGUSR1, Take);
    signals.Leave(SIGUSR1);
  }
  raise(SIGUSR1);
  EXPECT_EQ(taken, 1);
  signal(SIGUSR1, SIG_DFL);
}

}  // namespace
}  // namespace berth::cli
