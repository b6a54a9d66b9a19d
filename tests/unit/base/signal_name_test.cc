// SPDX-License-Identifier: Apache-2.0
#include "base/signal_name.h"

#include <csignal>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

TEST(SignalName, ParsesAsUsersWrite) {
  const std::pair<const char*, int> cases[] = {
      {"SIGTERM", 15}, {"TERM", 15},        {"sigquit", 3},   {"int", 2},
      {"9", 9},        {"64", 64},          {"SIGRTMIN", 34}, {"RTMIN+3", 37},
      {"rtmax-1", 63}, {"SIGRTMIN+30", 64}, {"SIGRTMAX", 64}, {"SIGRTMAX-30", 34}};
  for (const auto& [text, number] : cases) {
    EXPECT_THAT(ParseSignal(text), test::IsOkAndHolds(number)) << text;
  }
  for (const char* text :
       {"", "0", "65", "-1", "SIG", "SIGFOO", "RTMIN-1", "RTMIN+31", "RTMIN+", "RTMAX-31",
        "RTMIN+-1", "15x", "RTMIN+2147483647", "RTMAX--2147483648", "RTMIN+-2147483648"}) {
    EXPECT_THAT(ParseSignal(text), test::StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(SignalName, TheUsualOneOfANumber) {
  EXPECT_EQ(SignalName(SIGABRT), "ABRT");
  EXPECT_EQ(SignalName(SIGCHLD), "CHLD");
  EXPECT_EQ(SignalName(SIGIO), "IO");
  EXPECT_EQ(SignalName(kFirstRealTimeSignal), "");
  EXPECT_EQ(SignalName(0), "");
}

}  // namespace
}  // namespace berth
