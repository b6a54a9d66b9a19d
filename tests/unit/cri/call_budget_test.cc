// SPDX-License-Identifier: Apache-2.0
#include "cri/call_budget.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(CallBudget, RefusesWhatIsOverItAtOnce) {
  CallBudget budget(2);
  const auto nothing = [] { return absl::OkStatus(); };
  const absl::Status status = budget.Run([&] {
    return budget.Run([&] {
      EXPECT_THAT(budget.Run(nothing), test::StatusIs(absl::StatusCode::kResourceExhausted,
                                                      ::testing::HasSubstr("try again")));
      return absl::OkStatus();
    });
  });
  EXPECT_TRUE(status.ok());
}

TEST(CallBudget, IsFreeAgainAfterAFailure) {
  CallBudget budget(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::IsInternal(budget.Run([] { return absl::InternalError("x"); })));
  }
}

TEST(BudgetOfKind, LeavesThreadsForQuestions) {
  for (int threads : {8, 64, kDefaultMaxThreads}) {
    EXPECT_GE(threads - 4 * BudgetOfKind(threads), threads / 5) << threads;
  }
  EXPECT_EQ(BudgetOfKind(4), 1);
}

TEST(BudgetOfStreams, LeavesThreadsForQuestionsToo) {
  for (int threads : {8, 64, kDefaultMaxThreads}) {
    EXPECT_GE(threads - 4 * BudgetOfKind(threads) - 3 * BudgetOfStreams(threads), 1) << threads;
  }
  EXPECT_EQ(BudgetOfStreams(kDefaultMaxThreads), kMaxStreams);
  EXPECT_EQ(BudgetOfStreams(4), 1);
}

}  // namespace
}  // namespace berth::cri
