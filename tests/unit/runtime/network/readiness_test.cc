// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/readiness.h"

#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

class ManualClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::UnixEpoch();
};

TEST(Readiness, KeepsAnAnswerForSeconds) {
  ManualClock clock;
  Readiness readiness(clock);
  auto network = std::make_shared<const NetworkConfig>();
  int asked = 0;
  auto ask = [&] { return ++asked == 1 ? absl::UnavailableError("down") : absl::OkStatus(); };
  EXPECT_FALSE(readiness.Of(network, ask).ok());
  clock.now += absl::Seconds(4);
  EXPECT_FALSE(readiness.Of(network, ask).ok());
  EXPECT_EQ(asked, 1);
  clock.now += absl::Seconds(2);
  EXPECT_TRUE(readiness.Of(network, ask).ok());
}

TEST(Readiness, AsksAnewForAnotherNetwork) {
  ManualClock clock;
  Readiness readiness(clock);
  int asked = 0;
  auto ask = [&] {
    ++asked;
    return absl::OkStatus();
  };
  EXPECT_TRUE(readiness.Of(std::make_shared<const NetworkConfig>(), ask).ok());
  EXPECT_TRUE(readiness.Of(std::make_shared<const NetworkConfig>(), ask).ok());
  EXPECT_EQ(asked, 2);
}

TEST(Readiness, AnswersOthersWhileOneAsks) {
  ManualClock clock;
  Readiness readiness(clock);
  auto network = std::make_shared<const NetworkConfig>();
  EXPECT_FALSE(readiness.Of(network, [] { return absl::UnavailableError("old"); }).ok());
  clock.now += absl::Minutes(1);
  absl::Notification asking;
  absl::Notification answered;
  std::thread slow([&] {
    EXPECT_TRUE(readiness
                    .Of(network,
                        [&] {
                          asking.Notify();
                          answered.WaitForNotification();
                          return absl::OkStatus();
                        })
                    .ok());
  });
  asking.WaitForNotification();
  EXPECT_EQ(readiness.Of(network, [] { return absl::InternalError("asked twice"); }).message(),
            "old");
  answered.Notify();
  slow.join();
}

}  // namespace
}  // namespace berth::runtime
