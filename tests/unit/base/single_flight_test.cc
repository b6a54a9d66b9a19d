// SPDX-License-Identifier: Apache-2.0
#include "base/single_flight.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using Flights = SingleFlight<std::string, int>;

// Waits until whoever called has gone, as work that honours its call does.
void AwaitCancellation(const Call& call) {
  while (call.Check().ok()) {
    std::this_thread::yield();
  }
}

TEST(SingleFlight, ReturnsTheResultOfTheWork) {
  Flights flights;
  EXPECT_THAT(flights.Run(Call(), "a", [](const Call&) { return 7; }), IsOkAndHolds(7));
  EXPECT_THAT(flights.Run(Call(), "a", [](const Call&) { return absl::AbortedError("no"); }),
              StatusIs(absl::StatusCode::kAborted));
}

TEST(SingleFlight, RunsOnceForAllWhoAskMeanwhile) {
  Flights flights;
  std::atomic<int> runs = 0;
  std::atomic<int> asked = 0;
  absl::Notification go;
  auto work = [&](const Call& call) {
    ++runs;
    EXPECT_THAT(call.Check(), IsOk());
    go.WaitForNotification();
    return 7;
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      // A call is asked about its caller only once it has joined, or its work asks.
      Call call(absl::InfiniteFuture(), [&asked, first = true]() mutable {
        asked += std::exchange(first, false) ? 1 : 0;
        return false;
      });
      EXPECT_THAT(flights.Run(call, "a", work), IsOkAndHolds(7));
    });
  }
  while (asked < 8) {
    std::this_thread::yield();
  }
  go.Notify();
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(runs, 1);
}

TEST(SingleFlight, KeepsKeysApart) {
  Flights flights;
  EXPECT_THAT(flights.Run(Call(), "a",
                          [&flights](const Call& call) {
                            return flights.Run(call, "b", [](const Call&) { return 2; });
                          }),
              IsOkAndHolds(2));
}

TEST(SingleFlight, GoesOnForThoseWhoStillWait) {
  Flights flights;
  absl::Notification started;
  absl::Notification second_joined;
  std::thread first([&] {
    const Call call(absl::InfiniteFuture(), [&] { return second_joined.HasBeenNotified(); });
    auto work = [&](const Call& shared) {
      started.Notify();
      second_joined.WaitForNotification();
      return shared.cancelled() ? 0 : 7;
    };
    EXPECT_THAT(flights.Run(call, "a", work), IsOkAndHolds(7));
  });
  started.WaitForNotification();
  const Call call(absl::InfiniteFuture(), [&second_joined] {
    if (!second_joined.HasBeenNotified()) {
      second_joined.Notify();
    }
    return false;
  });
  EXPECT_THAT(flights.Run(call, "a", [](const Call&) { return 1; }), IsOkAndHolds(7));
  first.join();
}

TEST(SingleFlight, LetsOneWhoHasJoinedLeaveAtOnce) {
  Flights flights;
  absl::Notification started;
  absl::Notification finish;
  std::thread first([&] {
    auto work = [&](const Call&) {
      started.Notify();
      finish.WaitForNotification();
      return 7;
    };
    EXPECT_THAT(flights.Run(Call(), "a", work), IsOkAndHolds(7));
  });
  started.WaitForNotification();
  EXPECT_THAT(
      flights.Run(Call::WithTimeout(absl::Milliseconds(1)), "a", [](const Call&) { return 1; }),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  finish.Notify();
  first.join();
}

TEST(SingleFlight, IsCancelledWhenNobodyWaitsAnyMore) {
  Flights flights;
  auto work = [](const Call& call) -> absl::StatusOr<int> {
    AwaitCancellation(call);
    return call.Check();
  };
  EXPECT_THAT(flights.Run(Call::WithTimeout(absl::Milliseconds(1)), "a", work),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(SingleFlight, HandsOverWhatNobodyWaitsForAnyMore) {
  Flights flights;
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  int abandoned = 0;
  EXPECT_THAT(
      flights.Run(
          gone, "a", [](const Call&) { return 7; }, [&](const int& value) { abandoned = value; }),
      IsOkAndHolds(7));
  EXPECT_EQ(abandoned, 7);
}

TEST(SingleFlight, HandsOverNothingThatSomebodyGets) {
  Flights flights;
  EXPECT_THAT(flights.Run(
                  Call(), "a", [](const Call&) { return 7; },
                  [](const int&) { ADD_FAILURE() << "it was claimed"; }),
              IsOkAndHolds(7));
}

TEST(SingleFlight, StartsAnewAfterAnAbandonedFlightHasComeDown) {
  Flights flights;
  absl::Notification abandoned;
  absl::Notification may_end;
  std::atomic<bool> ended = false;
  std::thread first([&] {
    auto work = [&](const Call& call) -> absl::StatusOr<int> {
      AwaitCancellation(call);
      abandoned.Notify();
      may_end.WaitForNotification();
      ended = true;
      return call.Check();
    };
    EXPECT_FALSE(flights.Run(Call(absl::InfinitePast()), "a", work).ok());
  });
  abandoned.WaitForNotification();
  // While the first is coming down nobody joins it.
  auto again = [&](const Call&) { return ended ? 2 : 0; };
  EXPECT_THAT(flights.Run(Call::WithTimeout(absl::Milliseconds(1)), "a", again),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  Call call(absl::InfiniteFuture(), [&may_end] {
    if (!may_end.HasBeenNotified()) {
      may_end.Notify();
    }
    return false;
  });
  EXPECT_THAT(flights.Run(call, "a", again), IsOkAndHolds(2));
  first.join();
}

}  // namespace
}  // namespace berth
