// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/stop_signal.h"

#include <csignal>

#include "absl/strings/strip.h"
#include "gtest/gtest.h"

#include "base/signal_name.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

TEST(StopSignal, TheCrisNumbersAreItsOwn) {
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGTERM), SIGTERM);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGKILL), SIGKILL);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGHUP), SIGHUP);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGRTMIN), 34);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGRTMINPLUS15), 49);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGRTMAXMINUS14), 50);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_SIGRTMAX), 64);
  EXPECT_EQ(SignalNumber(v1::SIGNAL_RUNTIME_DEFAULT), SIGTERM);
  EXPECT_EQ(SignalNumber(static_cast<v1::Signal>(500)), SIGTERM);
}

TEST(StopSignal, EveryNameOfTheCriIsUnderstood) {
  for (int value = v1::Signal_MIN; value <= v1::Signal_MAX; ++value) {
    const auto signal = static_cast<v1::Signal>(value);
    if (signal == v1::SIGNAL_RUNTIME_DEFAULT) {
      continue;
    }
    std::string name(absl::StripPrefix(v1::Signal_Name(signal), "SIGNAL_"));
    for (const auto& [word, sign] : {std::pair("PLUS", "+"), {"MINUS", "-"}}) {
      if (const size_t at = name.find(word); at != std::string::npos) {
        name.replace(at, std::string(word).size(), sign);
      }
    }
    EXPECT_THAT(ParseSignal(name), test::IsOkAndHolds(SignalNumber(signal))) << name;
    EXPECT_EQ(SignalNumber(SignalFromNumber(SignalNumber(signal))), SignalNumber(signal)) << name;
  }
}

TEST(StopSignal, AliasesComeOutUnderTheUsualName) {
  EXPECT_EQ(SignalFromNumber(SIGABRT), v1::SIGNAL_SIGABRT);
  EXPECT_EQ(SignalFromNumber(SIGCHLD), v1::SIGNAL_SIGCHLD);
  EXPECT_EQ(SignalFromNumber(SIGIO), v1::SIGNAL_SIGIO);
  EXPECT_EQ(SignalFromNumber(32), v1::SIGNAL_RUNTIME_DEFAULT);
  EXPECT_EQ(SignalFromNumber(0), v1::SIGNAL_RUNTIME_DEFAULT);
}

TEST(StopSignal, RequestThenImageThenTerm) {
  EXPECT_EQ(EffectiveStopSignal(v1::SIGNAL_SIGUSR1, "SIGQUIT"), v1::SIGNAL_SIGUSR1);
  EXPECT_EQ(EffectiveStopSignal(v1::SIGNAL_RUNTIME_DEFAULT, "SIGQUIT"), v1::SIGNAL_SIGQUIT);
  EXPECT_EQ(EffectiveStopSignal(v1::SIGNAL_RUNTIME_DEFAULT, "3"), v1::SIGNAL_SIGQUIT);
  EXPECT_EQ(EffectiveStopSignal(v1::SIGNAL_RUNTIME_DEFAULT, ""), v1::SIGNAL_SIGTERM);
  EXPECT_EQ(EffectiveStopSignal(v1::SIGNAL_RUNTIME_DEFAULT, "nonsense"), v1::SIGNAL_SIGTERM);
  EXPECT_EQ(EffectiveStopSignal(v1::SIGNAL_RUNTIME_DEFAULT, "33"), v1::SIGNAL_SIGTERM);
}

}  // namespace
}  // namespace berth::runtime
