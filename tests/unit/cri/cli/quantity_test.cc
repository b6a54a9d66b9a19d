// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/quantity.h"

#include <utility>

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(HumanSize, HasThreeDigitsAndDecimalUnits) {
  EXPECT_EQ(HumanSize(0), "0B");
  EXPECT_EQ(HumanSize(999), "999B");
  EXPECT_EQ(HumanSize(1000), "1kB");
  EXPECT_EQ(HumanSize(4261502), "4.26MB");
  EXPECT_EQ(HumanSize(2'340'000'000), "2.34GB");
  EXPECT_EQ(HumanSize(UINT64_MAX), "18.4EB");
}

TEST(HumanSize, NeverRoundsUpToAThousandOfAUnit) {
  EXPECT_EQ(HumanSize(999'999), "1MB");
}

TEST(HumanBinarySize, HasFourDigitsAndBinaryUnits) {
  EXPECT_EQ(HumanBinarySize(1024), "1KiB");
  EXPECT_EQ(HumanBinarySize(1'602'224), "1.528MiB");
  EXPECT_EQ(HumanBinarySize(16ULL << 30), "16GiB");
}

TEST(ParseCpuQuota, IsInMicrosecondsOfAPeriod) {
  EXPECT_EQ(*ParseCpuQuota("1.5"), 150000);
  EXPECT_EQ(*ParseCpuQuota("0.01"), 1000);
  for (const char* text : {"", "x", "0", "-1", "0.001", "1e9", "nan", "inf"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCpuQuota(text).status())) << text;
  }
}

TEST(Rfc3339, IsEmptyForNever) {
  EXPECT_EQ(Rfc3339(0), "");
  EXPECT_EQ(Rfc3339(1'714'557'600'000'000'001), "2024-05-01T10:00:00.000000001Z");
}

}  // namespace
}  // namespace berth::cli
