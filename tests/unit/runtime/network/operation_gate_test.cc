// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/operation_gate.h"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

Call Briefly() {
  return Call::WithTimeout(absl::Milliseconds(5));
}
Call Patiently() {
  return Call::WithTimeout(absl::Seconds(30));
}

TEST(OperationGate, LetsDifferentPodsInTogether) {
  OperationGate gate;
  auto a = gate.Enter(Briefly(), "a");
  auto b = gate.Enter(Briefly(), "b");
  EXPECT_TRUE(a.ok() && b.ok());
}

TEST(OperationGate, KeepsOnePodToOneOperation) {
  OperationGate gate;
  {
    auto first = gate.Enter(Briefly(), "a");
    ASSERT_TRUE(first.ok());
    EXPECT_TRUE(absl::IsDeadlineExceeded(gate.Enter(Briefly(), "a").status()));
    EXPECT_FALSE(gate.TryEnter("a").has_value());
  }
  EXPECT_TRUE(gate.TryEnter("a").has_value());
  EXPECT_TRUE(gate.Enter(Briefly(), "a").ok());
}

TEST(OperationGate, AloneExcludesAllOthers) {
  OperationGate gate;
  {
    auto alone = gate.EnterAlone(Briefly());
    ASSERT_TRUE(alone.ok());
    EXPECT_FALSE(gate.TryEnter("a").has_value());
    EXPECT_TRUE(absl::IsDeadlineExceeded(gate.EnterAlone(Briefly()).status()));
  }
  auto pod = gate.Enter(Briefly(), "a");
  ASSERT_TRUE(pod.ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(gate.EnterAlone(Briefly()).status()));
}

TEST(OperationGate, EndsAWaitWhenTheCallIsCancelled) {
  OperationGate gate;
  auto first = gate.Enter(Briefly(), "a");
  std::atomic<bool> cancelled = false;
  absl::Notification asked;
  std::thread waiter([&] {
    const Call call(absl::InfiniteFuture(), [&] {
      if (!asked.HasBeenNotified()) {
        asked.Notify();
      }
      return cancelled.load();
    });
    EXPECT_TRUE(absl::IsCancelled(gate.Enter(call, "a").status()));
  });
  asked.WaitForNotification();
  cancelled = true;
  waiter.join();
}

TEST(OperationGate, SerializesManyThreads) {
  OperationGate gate;
  int unguarded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 50; ++j) {
        auto ticket =
            (i + j) % 10 == 0 ? gate.EnterAlone(Patiently()) : gate.Enter(Patiently(), "a");
        ASSERT_TRUE(ticket.ok());
        ++unguarded;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(unguarded, 200);
}

}  // namespace
}  // namespace berth::runtime
