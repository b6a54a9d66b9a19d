// SPDX-License-Identifier: Apache-2.0
#include "base/log_record.h"

#include <string>

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(ParseLogRecord, TakesTheKubeletsFormat) {
  const std::optional<LogRecord> record =
      ParseLogRecord("2016-10-06T00:17:09.669794202Z stderr F two  words ");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->time, "2016-10-06T00:17:09.669794202Z");
  EXPECT_TRUE(record->to_stderr);
  EXPECT_FALSE(record->partial);
  EXPECT_EQ(record->text, "two  words ");
}

TEST(ParseLogRecord, KnowsPartialLinesAndFurtherTags) {
  EXPECT_TRUE(ParseLogRecord("t stdout P x")->partial);
  EXPECT_TRUE(ParseLogRecord("t stdout P:T1:T2 x")->partial);
  EXPECT_FALSE(ParseLogRecord("t stdout F:T1 x")->partial);
}

TEST(ParseLogRecord, TakesAnEmptyText) {
  const std::optional<LogRecord> record = ParseLogRecord("t stdout F ");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->text, "");
}

TEST(ParseLogRecord, RefusesWhatIsNoRecord) {
  for (const char* line : {"", "t", "t stdout", "t stdout F", "t stdin F x", "t stdout X x",
                           " stdout F x", "{\"log\":\"docker's\"}"}) {
    EXPECT_FALSE(ParseLogRecord(line).has_value()) << line;
  }
}

constexpr char kLog[] =
    "t stdout F one\n"
    "t stdout P two \n"
    "t stdout F more of two\n"
    "t stderr F three\n";

std::string Tail(const std::string& text, size_t lines) {
  const std::optional<size_t> start = TailStart(text, lines);
  return start.has_value() ? text.substr(*start) : "(begins earlier)";
}

TEST(TailStart, CountsLinesNotRecords) {
  EXPECT_EQ(Tail(kLog, 0), "");
  EXPECT_EQ(Tail(kLog, 1), "t stderr F three\n");
  EXPECT_EQ(Tail(kLog, 2), "t stdout P two \nt stdout F more of two\nt stderr F three\n");
}

TEST(TailStart, AsksForMoreWhenTheTextHoldsFewer) {
  EXPECT_EQ(TailStart(kLog, 3), std::nullopt);
  EXPECT_EQ(TailStart("", 1), std::nullopt);
  // Begins inside a record: what it was cannot be known, so it does not count.
  EXPECT_EQ(TailStart("F one\nt stdout F two\n", 1), std::nullopt);
}

TEST(TailStart, KeepsALineThatIsStillBeingWritten) {
  EXPECT_EQ(Tail("t stdout F one\nt stdout F two\nt stdout P thr\n", 1),
            "t stdout F two\nt stdout P thr\n");
  EXPECT_EQ(Tail("t stdout F one\nt stdout F two\nt std", 1), "t stdout F two\nt std");
}

}  // namespace
}  // namespace berth
