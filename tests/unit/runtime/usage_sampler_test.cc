// SPDX-License-Identifier: Apache-2.0
#include "runtime/usage_sampler.h"

#include <optional>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

const absl::Time kStart = absl::UnixEpoch();
constexpr uint64_t kSecondOfCpu = 1'000'000'000;

TEST(UsageSampler, HasNoRateBeforeTwoSamples) {
  UsageSampler sampler;
  EXPECT_EQ(sampler.Rate("a", kStart, 5), std::nullopt);
  EXPECT_EQ(sampler.Rate("a", kStart + absl::Milliseconds(1), 6), std::nullopt);
}

TEST(UsageSampler, RateIsOfTheWindowThatEndsNow) {
  UsageSampler sampler;
  sampler.Sample("a", kStart, 0);
  EXPECT_EQ(sampler.Rate("a", kStart + absl::Seconds(2), kSecondOfCpu), kSecondOfCpu / 2);
  sampler.Sample("a", kStart + absl::Seconds(10), kSecondOfCpu);
  EXPECT_EQ(sampler.Rate("a", kStart + absl::Seconds(14), 3 * kSecondOfCpu), kSecondOfCpu / 2);
}

TEST(UsageSampler, AShortWindowGivesTheLastFullOne) {
  UsageSampler sampler;
  sampler.Sample("a", kStart, 0);
  sampler.Sample("a", kStart + absl::Seconds(10), 20 * kSecondOfCpu);
  EXPECT_EQ(sampler.Rate("a", kStart + absl::Seconds(10) + absl::Milliseconds(5),
                         20 * kSecondOfCpu + 1000),
            2 * kSecondOfCpu);
}

TEST(UsageSampler, ACounterThatGoesBackIsNoRate) {
  UsageSampler sampler;
  sampler.Sample("a", kStart, 100);
  EXPECT_EQ(sampler.Rate("a", kStart + absl::Seconds(5), 50), std::nullopt);
}

TEST(UsageSampler, ForgetsAContainer) {
  UsageSampler sampler;
  sampler.Sample("a", kStart, 0);
  sampler.Forget("a");
  EXPECT_EQ(sampler.Rate("a", kStart + absl::Seconds(5), 50), std::nullopt);
}

}  // namespace
}  // namespace berth::runtime
