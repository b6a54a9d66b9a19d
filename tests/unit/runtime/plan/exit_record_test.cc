// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/exit_record.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

std::string Format(const ExitRecord& record) {
  char space[kMaxExitRecordSize];
  return std::string(FormatExitRecord(record, space));
}

TEST(ExitRecord, IsOneLineOfText) {
  EXPECT_EQ(Format({137, true, 1700000000000000001, 1700000000000000002}),
            "exit_code=137 oom_killed=1 started_at=1700000000000000001 "
            "finished_at=1700000000000000002\n");
}

TEST(ExitRecord, ComesBackAsItWas) {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  for (const ExitRecord& record : {ExitRecord{}, ExitRecord{-2147483648, true, kLowest, kLowest}}) {
    std::optional<ExitRecord> parsed = ParseExitRecord(Format(record));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->exit_code, record.exit_code);
    EXPECT_EQ(parsed->oom_killed, record.oom_killed);
    EXPECT_EQ(parsed->started_at, record.started_at);
    EXPECT_EQ(parsed->finished_at, record.finished_at);
  }
}

TEST(ExitRecord, RefusesEveryTruncationAndOtherText) {
  const std::string text = Format({1, false, 2, 3});
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseExitRecord(text.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(ParseExitRecord(text + "\n").has_value());
  EXPECT_FALSE(
      ParseExitRecord("exit_code=1 oom_killed=2 started_at=2 finished_at=3\n").has_value());
  EXPECT_FALSE(ParseExitRecord("exit_code=99999999999 oom_killed=0 started_at=2 finished_at=3\n")
                   .has_value());
}

}  // namespace
}  // namespace berth::runtime
