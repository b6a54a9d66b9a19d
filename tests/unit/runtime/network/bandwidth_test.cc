// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/bandwidth.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(Bandwidth, ReadsQuantities) {
  const struct {
    const char* text;
    int64_t rate;
  } cases[] = {{"1k", 1000},
               {"10M", 10'000'000},
               {"1.5G", 1'500'000'000},
               {"1000", 1000},
               {"2Ki", 2048},
               {"1Mi", 1 << 20},
               {"1e6", 1'000'000},
               {"1E3", 1000},
               {"1000500m", 1001},
               {"1P", 1'000'000'000'000'000}};
  for (const auto& c : cases) {
    auto rate = ParseBandwidth(c.text);
    ASSERT_TRUE(rate.ok()) << rate.status();
    EXPECT_EQ(*rate, c.rate) << c.text;
  }
}

TEST(Bandwidth, RefusesOtherText) {
  for (const char* text : {"", "M", "10X", "-1M", "+1M", "1 M", "1.2.3M", "10MB", "nan", "inf",
                           "0x10", "1e", "1e99", "1e1e1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseBandwidth(text).status())) << text;
  }
}

TEST(Bandwidth, RefusesRatesOutsideKubernetesBounds) {
  for (const char* text : {"0", "999", "1.1P", "1E", "1Ei", "500m"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseBandwidth(text).status())) << text;
  }
}

}  // namespace
}  // namespace berth::runtime
