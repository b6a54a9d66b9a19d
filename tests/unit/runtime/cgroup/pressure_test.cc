// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/pressure.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(Pressure, TotalsAreNanoseconds) {
  const std::optional<Pressure> pressure = ParsePressure(
      "some avg10=97.31 avg60=98.18 avg300=93.14 total=15365786704\n"
      "full avg10=0.25 avg60=0.00 avg300=0.00 total=12\n");
  ASSERT_TRUE(pressure.has_value());
  EXPECT_EQ(pressure->some.total_ns, 15365786704000u);
  EXPECT_DOUBLE_EQ(pressure->some.avg10, 97.31);
  EXPECT_DOUBLE_EQ(pressure->some.avg60, 98.18);
  EXPECT_DOUBLE_EQ(pressure->some.avg300, 93.14);
  EXPECT_EQ(pressure->full.total_ns, 12000u);
  EXPECT_DOUBLE_EQ(pressure->full.avg10, 0.25);
}

TEST(Pressure, OfCpuHadNoLineForAllBefore513) {
  const std::optional<Pressure> pressure =
      ParsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=3\n");
  ASSERT_TRUE(pressure.has_value());
  EXPECT_EQ(pressure->some.total_ns, 3000u);
  EXPECT_EQ(pressure->full.total_ns, 0u);
}

TEST(Pressure, OfNothingIsUnset) {
  for (const char* text : {"", "\n", "none total=1\n", "some total=x\n", "full avg10=\n"}) {
    EXPECT_FALSE(ParsePressure(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace berth::runtime
