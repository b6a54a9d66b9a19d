// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/try_in_turn.h"

#include <deque>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;

const RetryPolicy kFast{
    .max_attempts = 4, .first_delay = absl::Microseconds(10), .max_delay = absl::Microseconds(10)};

absl::Status Down() {
  return Transient(absl::UnavailableError("down"));
}
absl::Status Missing() {
  return absl::NotFoundError("missing");
}

struct Outcome {
  absl::Status status;
  std::vector<size_t> asked;
};

// Runs with one list of answers a host; the last answer of a list repeats.
Outcome Ask(std::vector<std::deque<absl::Status>> answers, const Call& call = Call()) {
  Outcome outcome;
  RetrySchedule schedule(kFast);
  outcome.status = TryInTurn(call, answers.size(), schedule, [&](size_t i) {
    outcome.asked.push_back(i);
    absl::Status answer = answers[i].front();
    if (answers[i].size() > 1) {
      answers[i].pop_front();
    }
    return answer;
  });
  return outcome;
}

TEST(TryInTurn, FirstSuccessEndsIt) {
  Outcome outcome = Ask({{absl::OkStatus()}, {absl::OkStatus()}});
  EXPECT_THAT(outcome.status, IsOk());
  EXPECT_THAT(outcome.asked, ElementsAre(0));
}

TEST(TryInTurn, NextHostIsAskedAtOnce) {
  Outcome outcome = Ask({{Down()}, {Missing()}, {absl::OkStatus()}});
  EXPECT_THAT(outcome.status, IsOk());
  EXPECT_THAT(outcome.asked, ElementsAre(0, 1, 2));
}

TEST(TryInTurn, OnlyTransientFailuresAreTriedAgain) {
  Outcome outcome = Ask({{Down(), Down(), absl::OkStatus()}, {Missing()}});
  EXPECT_THAT(outcome.status, IsOk());
  EXPECT_THAT(outcome.asked, ElementsAre(0, 1, 0, 0));
}

TEST(TryInTurn, EndsAfterTheLastAttempt) {
  Outcome outcome = Ask({{Down()}});
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kUnavailable, "down"));
  EXPECT_THAT(outcome.asked, ElementsAre(0, 0, 0, 0));
}

TEST(TryInTurn, LastHostSpeaksForAll) {
  Outcome outcome = Ask({{absl::PermissionDeniedError("mirror says no")},
                         {absl::UnavailableError("mirror is odd")},
                         {Missing()}});
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kNotFound,
                                       "missing (before: mirror says no; mirror is odd)"));
  EXPECT_THAT(outcome.asked, ElementsAre(0, 1, 2));
}

TEST(TryInTurn, NobodyToAsk) {
  EXPECT_THAT(Ask({}).status, StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(TryInTurn, EndsWithTheCaller) {
  int checks = 0;
  Call leaving(absl::InfiniteFuture(), [&] { return ++checks > 1; });
  Outcome outcome = Ask({{Down()}, {Down()}}, leaving);
  EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(outcome.asked, ElementsAre(0));
}

}  // namespace
}  // namespace berth::imageservice
