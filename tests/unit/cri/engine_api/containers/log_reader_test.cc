// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_reader.h"

#include "gtest/gtest.h"

#include "base/log_record.h"

namespace berth::cri {
namespace {

constexpr char kLog[] =
    "2026-01-02T03:04:05.000000006Z stdout P a\n2026-01-02T03:04:05.000000007Z stdout F b\n"
    "nonsense\n2026-01-02T03:04:06Z stderr F c d\n2026-01-02T03:04:07Z stdout F cut";

std::string Text(const std::vector<LogPiece>& pieces) {
  std::string text;
  for (const LogPiece& piece : pieces) {
    text += piece.text;
  }
  return text;
}

TEST(LogReader, JoinsPartsAndKeepsWhatIsCut) {
  LogParser parser({.out = true, .error = true});
  EXPECT_EQ(Text(parser.Take(kLog)), "ab\nc d\n");
  EXPECT_EQ(Text(parser.Take("!\n")), "cut!\n");
}

TEST(LogReader, DropsWhatIsTooLongForARecord) {
  LogParser parser({.out = true});
  const std::string head = "2026-01-02T03:04:05Z stdout F ";
  EXPECT_EQ(Text(parser.Take(head + std::string(kMaxRecordSize, 'x'))), "");
  EXPECT_EQ(Text(parser.Take("rest\n" + head + "next\n")), "next\n");
}

TEST(LogReader, GivesWhatIsWanted) {
  EXPECT_EQ(Text(LogParser({.error = true}).Take(kLog)), "c d\n");
  EXPECT_EQ(Text(LogParser({.out = true, .timestamps = true}).Take(kLog)),
            "2026-01-02T03:04:05.000000006Z ab\n");
}

TEST(LogReader, SkipsWholeLines) {
  std::vector<LogPiece> pieces = LogParser({.out = true, .error = true}).Take(kLog);
  EXPECT_EQ(CountLines(pieces), 2);
  EXPECT_EQ(SkipLines(1, pieces), 0);
  EXPECT_EQ(Text(pieces), "c d\n");
  EXPECT_EQ(SkipLines(3, pieces), 2);
  EXPECT_EQ(Text(pieces), "");
}

}  // namespace
}  // namespace berth::cri
