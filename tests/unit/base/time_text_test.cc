// SPDX-License-Identifier: Apache-2.0
#include "base/time_text.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

constexpr int64_t kNow = 2'000'000'000;

std::optional<int64_t> Nanoseconds(const std::string& text) {
  const auto time = ParseMoment(text, absl::FromUnixSeconds(kNow)).value();
  return time.has_value() ? std::optional(absl::ToUnixNanos(*time)) : std::nullopt;
}

TEST(ParseMoment, IsReadToTheNanosecond) {
  EXPECT_EQ(Nanoseconds("1732630000.123456789"), 1732630000123456789);
  EXPECT_EQ(Nanoseconds("1732630000.5"), 1732630000500000000);
  EXPECT_EQ(Nanoseconds("1732630000"), 1732630000000000000);
  EXPECT_EQ(Nanoseconds("1970-01-01T00:00:01.5Z"), 1500000000);
  EXPECT_EQ(Nanoseconds("10m"), (kNow - 600) * 1000000000);
}

TEST(ParseMoment, MayBeCutShort) {
  const auto local = [](absl::CivilSecond time) {
    return absl::ToUnixNanos(absl::FromCivil(time, absl::LocalTimeZone()));
  };
  EXPECT_EQ(Nanoseconds("2020-01-02"), local(absl::CivilSecond(2020, 1, 2)));
  EXPECT_EQ(Nanoseconds("2020-01-02T03"), local(absl::CivilSecond(2020, 1, 2, 3)));
  EXPECT_EQ(Nanoseconds("2020-01-02T03:04"), local(absl::CivilSecond(2020, 1, 2, 3, 4)));
  EXPECT_EQ(Nanoseconds("2020-01-02T03:04:05.5"),
            local(absl::CivilSecond(2020, 1, 2, 3, 4, 5)) + 500'000'000);
  EXPECT_EQ(Nanoseconds("1970-01-02Z"), 86'400'000'000'000);
  EXPECT_EQ(Nanoseconds("1970-01-01T02:00+01:00"), 3'600'000'000'000);
}

TEST(ParseMoment, MayBeAbsentOrNonsense) {
  EXPECT_EQ(Nanoseconds(""), std::nullopt);
  EXPECT_EQ(Nanoseconds("0"), std::nullopt);
  for (const char* bad :
       {"x", "1.1234567890", "1.-5", ".", "yesterday", "2020-13-01", "2020-01-02T"}) {
    EXPECT_FALSE(ParseMoment(bad, absl::FromUnixSeconds(kNow)).ok()) << bad;
  }
}

TEST(TimeText, IsGos) {
  EXPECT_EQ(TimeText(0), "0001-01-01T00:00:00Z");
  EXPECT_EQ(TimeText(1'714'557'600'000'000'001), "2024-05-01T10:00:00.000000001Z");
}

TEST(HumanDuration, SpeaksAsDockerDoes) {
  const std::pair<absl::Duration, const char*> cases[] = {
      {absl::Milliseconds(-5), "Less than a second"},
      {absl::Milliseconds(999), "Less than a second"},
      {absl::Seconds(1), "1 second"},
      {absl::Seconds(59), "59 seconds"},
      {absl::Seconds(60), "About a minute"},
      {absl::Seconds(119), "About a minute"},
      {absl::Minutes(2), "2 minutes"},
      {absl::Minutes(60), "About an hour"},
      {absl::Minutes(91), "2 hours"},
      {absl::Hours(47), "47 hours"},
      {absl::Hours(48), "2 days"},
      {absl::Hours(24 * 14), "2 weeks"},
      {absl::Hours(24 * 60), "2 months"},
      {absl::Hours(24 * 365 * 2), "2 years"},
  };
  for (const auto& [duration, text] : cases) {
    EXPECT_EQ(HumanDuration(duration), text) << duration;
  }
}

}  // namespace
}  // namespace berth
