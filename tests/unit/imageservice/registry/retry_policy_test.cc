// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/retry_policy.h"

#include <atomic>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

TEST(Unreachable, IsTransientUntilItLasts) {
  absl::Status status = Unreachable(absl::UnavailableError("refused"));
  EXPECT_TRUE(IsUnreachable(status));
  EXPECT_TRUE(IsTransient(status));
  EXPECT_FALSE(IsUnreachable(Transient(absl::UnavailableError("busy"))));
  status = Lasting(std::move(status));
  EXPECT_FALSE(IsUnreachable(status));
  EXPECT_FALSE(IsTransient(status));
  EXPECT_EQ(status, absl::UnavailableError("refused"));
}

using test::IsOk;
using test::StatusIs;

const RetryPolicy kPolicy{.max_attempts = 5,
                          .first_delay = absl::Seconds(1),
                          .max_delay = absl::Seconds(5),
                          .max_retry_after = absl::Seconds(30)};

TEST(RetryPolicy, MarksAStatusWithoutChangingItsText) {
  absl::Status plain = absl::UnavailableError("x");
  EXPECT_FALSE(IsTransient(plain));
  EXPECT_EQ(RetryAfter(plain), absl::ZeroDuration());
  absl::Status marked = Transient(plain, absl::Seconds(3));
  EXPECT_TRUE(IsTransient(marked));
  EXPECT_EQ(RetryAfter(marked), absl::Seconds(3));
  EXPECT_EQ(marked.message(), "x");
  EXPECT_EQ(marked.code(), absl::StatusCode::kUnavailable);
}

TEST(RetryPolicy, KnowsWhichStatusesPass) {
  for (int status : {408, 425, 429, 500, 502, 503, 504}) {
    EXPECT_TRUE(IsTransientHttpStatus(status)) << status;
  }
  for (int status : {200, 301, 400, 401, 403, 404, 410, 416, 501, 505}) {
    EXPECT_FALSE(IsTransientHttpStatus(status)) << status;
  }
}

TEST(RetryPolicy, DelaysDoubleUpToTheLimit) {
  RetrySchedule schedule(kPolicy);
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0), absl::Milliseconds(500));
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0), absl::Seconds(1));
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0), absl::Seconds(2));
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0.5), absl::Milliseconds(3750));
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0), std::nullopt);
}

TEST(RetryPolicy, StartsAnewAfterProgress) {
  RetrySchedule schedule(kPolicy);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(schedule.Next(absl::ZeroDuration(), 0).has_value());
  }
  schedule.Reset();
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0), absl::Milliseconds(500));
}

TEST(RetryPolicy, HonoursRetryAfterWithinItsLimit) {
  RetrySchedule schedule(kPolicy);
  EXPECT_EQ(schedule.Next(absl::Seconds(10), 0), absl::Seconds(10));
  EXPECT_EQ(schedule.Next(absl::Seconds(10), 0.5), absl::Milliseconds(10500));
  EXPECT_EQ(schedule.Next(absl::Hours(10), 0), absl::Seconds(30));
}

TEST(RetryPolicy, OneAttemptMeansNoRetry) {
  RetrySchedule schedule({.max_attempts = 1});
  EXPECT_EQ(schedule.Next(absl::ZeroDuration(), 0), std::nullopt);
}

TEST(RetryPolicy, ReadsRetryAfter) {
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);  // Tue, 14 Nov 2023 22:13:20 GMT
  EXPECT_EQ(ParseRetryAfter("7", now), absl::Seconds(7));
  EXPECT_EQ(ParseRetryAfter(" 0 ", now), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:13:50 GMT", now), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("Tue, 14 Nov 2023 22:13:00 GMT", now), absl::ZeroDuration());
  for (const char* text : {"", "-1", "soon", "1e9", "99999999999999999999"}) {
    EXPECT_EQ(ParseRetryAfter(text, now), absl::ZeroDuration()) << text;
  }
}

TEST(RetryPolicy, WaitEndsWithTheCaller) {
  EXPECT_THAT(Wait(Call(), absl::Milliseconds(1)), IsOk());
  std::atomic<int> asked = 0;
  Call leaving(absl::InfiniteFuture(), [&] { return ++asked > 1; });
  EXPECT_THAT(Wait(leaving, absl::Hours(1)), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(Wait(Call::WithTimeout(absl::Milliseconds(5)), absl::Hours(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace berth::imageservice
