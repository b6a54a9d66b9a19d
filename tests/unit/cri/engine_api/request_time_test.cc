// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/request_time.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

constexpr int64_t kNow = 2'000'000'000;

std::optional<int64_t> Nanoseconds(const std::string& text) {
  const auto time = ParseRequestTime(text, absl::FromUnixSeconds(kNow)).value();
  return time.has_value() ? std::optional(absl::ToUnixNanos(*time)) : std::nullopt;
}

TEST(RequestTime, IsReadToTheNanosecond) {
  EXPECT_EQ(Nanoseconds("1732630000.123456789"), 1732630000123456789);
  EXPECT_EQ(Nanoseconds("1732630000.5"), 1732630000500000000);
  EXPECT_EQ(Nanoseconds("1732630000"), 1732630000000000000);
  EXPECT_EQ(Nanoseconds("1970-01-01T00:00:01.5Z"), 1500000000);
  EXPECT_EQ(Nanoseconds("10m"), (kNow - 600) * 1000000000);
}

TEST(RequestTime, MayBeAbsentOrNonsense) {
  EXPECT_EQ(Nanoseconds(""), std::nullopt);
  EXPECT_EQ(Nanoseconds("0"), std::nullopt);
  for (const char* bad : {"x", "1.1234567890", "1.-5", ".", "yesterday"}) {
    EXPECT_FALSE(ParseRequestTime(bad, absl::FromUnixSeconds(kNow)).ok()) << bad;
  }
}

}  // namespace
}  // namespace berth::cri
