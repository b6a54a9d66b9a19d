// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_output.h"

#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

TEST(StageOutput, IsInThePlansOrder) {
  std::string told;
  const Say say = [&](absl::string_view text) { told.append(text.data(), text.size()); };
  StageOutput output(say, 3);
  output.Tell(1, "b1 ");
  output.Tell(0, "a1 ");
  output.Tell(2, "c1 ");
  output.End(1);
  EXPECT_EQ(told, "a1 ");
  output.Tell(0, "a2 ");
  output.End(0);
  EXPECT_EQ(told, "a1 a2 b1 c1 ");
  output.Tell(2, "c2");
  output.End(2);
  EXPECT_EQ(told, "a1 a2 b1 c1 c2");
}

TEST(StageOutput, AfterAFailureItIsToldAtOnce) {
  std::string told;
  const Say say = [&](absl::string_view text) { told.append(text.data(), text.size()); };
  StageOutput output(say, 3);
  output.Tell(1, "waits ");
  output.Tell(2, "led to it ");
  output.Fail(2);
  output.Tell(1, "ends");
  EXPECT_EQ(told, "led to it ends");
}

TEST(StageOutput, HoldsNoMoreThanItsLimit) {
  size_t told = 0;
  const Say say = [&](absl::string_view text) { told += text.size(); };
  StageOutput output(say, 2);
  for (int i = 0; i < 3; ++i) {
    output.Tell(1, std::string(kMaxHeldOutput / 2 + 1, 'x'));
  }
  output.End(0);
  EXPECT_EQ(told, kMaxHeldOutput);
}

TEST(StageOutput, OneWhoDoesNotListenHoldsUpNoOtherStage) {
  absl::Notification listens;
  absl::Notification is_told;
  std::string told;
  const Say say = [&](absl::string_view text) {
    if (told.empty()) {
      is_told.Notify();
      listens.WaitForNotification();
    }
    told.append(text.data(), text.size());
  };
  StageOutput output(say, 2);
  std::thread first([&] { output.Tell(0, "a"); });
  is_told.WaitForNotification();
  output.Tell(1, "c");
  output.End(1);
  output.Tell(0, "b");  // another thread of the stage
  output.End(0);
  EXPECT_EQ(told, "");
  listens.Notify();
  first.join();
  EXPECT_EQ(told, "abc");
}

}  // namespace
}  // namespace berth::imageservice
