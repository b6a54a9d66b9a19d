// SPDX-License-Identifier: Apache-2.0
#include "imageservice/claim_table.h"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

TEST(ClaimTable, GivesAClaimToOneAtATime) {
  ClaimTable table;
  Claim first = table.TryAcquire("a");
  EXPECT_TRUE(first.held());
  EXPECT_FALSE(table.TryAcquire("a").held());
  EXPECT_TRUE(table.TryAcquire("b").held());
  Claim moved = std::move(first);
  EXPECT_FALSE(table.TryAcquire("a").held());
  moved.Release();
  EXPECT_TRUE(table.TryAcquire("a").held());
}

TEST(ClaimTable, WaitsUntilTheHolderLetsGo) {
  ClaimTable table;
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        absl::StatusOr<Claim> claim = table.Acquire(Call(), "a");
        ASSERT_THAT(claim, IsOk());
        EXPECT_EQ(++inside, 1);
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(ClaimTable, StopsWaitingWhenTheCallEnds) {
  ClaimTable table;
  Claim claim = table.TryAcquire("a");
  EXPECT_THAT(table.Acquire(Call::WithTimeout(absl::Milliseconds(5)), "a"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(table.Acquire(Call(absl::InfiniteFuture(), [] { return true; }), "a"),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace berth::imageservice
