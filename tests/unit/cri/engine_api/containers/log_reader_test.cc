// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_reader.h"

#include <algorithm>

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
    text += piece.time + piece.text;
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

TEST(LogReader, EachStreamHasLinesOfItsOwn) {
  LogParser parser({.out = true, .error = true, .timestamps = true});
  const std::vector<LogPiece> pieces = parser.Take(
      "2026-01-02T03:04:05Z stdout P a\n2026-01-02T03:04:06Z stderr F b\n"
      "2026-01-02T03:04:07Z stdout F c\n2026-01-02T03:04:08Z stdout F d\n");
  EXPECT_EQ(Text(pieces),
            "2026-01-02T03:04:05Z a2026-01-02T03:04:06Z b\nc\n2026-01-02T03:04:08Z d\n");
  ASSERT_EQ(pieces.size(), 4u);
  EXPECT_TRUE(pieces[1].begins_line);
  EXPECT_FALSE(pieces[2].begins_line);
  EXPECT_TRUE(pieces[3].begins_line);
}

TEST(LogReader, IsOverWithWhatWasSaidLater) {
  LogParser parser({.out = true, .error = true, .until = 1767323045'000000007});
  EXPECT_EQ(Text(parser.Take(absl::string_view(kLog).substr(0, 90))), "ab\n");
  EXPECT_FALSE(parser.is_over());
  EXPECT_EQ(Text(parser.Take(absl::string_view(kLog).substr(90))), "");
  EXPECT_TRUE(parser.is_over());
  EXPECT_EQ(Text(parser.Take("!\n2026-01-02T03:04:05Z stdout F again\n")), "");
}

// Of all of `log` given in blocks of that size, the oldest last.
std::optional<uint64_t> Search(const std::string& log, const LogChoice& choice, size_t block) {
  TailSearch search(choice);
  for (size_t end = log.size(); end > 0;) {
    const size_t begin = end - std::min(block, end);
    if (const auto found = search.Take(absl::string_view(log).substr(begin, end - begin))) {
      return found;
    }
    end = begin;
  }
  return search.Take("");
}

TEST(TailSearch, FindsTheLastLinesThatAreWanted) {
  const std::string log =
      "2026-01-02T03:04:01Z stdout F 1\n2026-01-02T03:04:02Z stdout P 2\n"
      "2026-01-02T03:04:02Z stderr F 3\n2026-01-02T03:04:02Z stdout F 4\nnonsense\n\n"
      "2026-01-02T03:04:05Z stdout F 5\n2026-01-02T03:04:06Z stdout P 6\n2026-01-02T03:04:07Z st";
  const int64_t last = 1767323042'000000000;  // 03:04:02
  const struct {
    LogChoice choice;
    const char* text;
  } kCases[] = {
      {{.out = true, .error = true, .tail = 0}, "6"},
      {{.out = true, .error = true, .tail = 1}, "5\n6"},
      {{.out = true, .error = true, .tail = 2}, "4\n5\n6"},
      {{.out = true, .error = true, .tail = 3}, "23\n4\n5\n6"},
      {{.out = true, .error = true, .tail = 4}, "1\n23\n4\n5\n6"},
      {{.out = true, .error = true, .tail = 9}, "1\n23\n4\n5\n6"},
      {{.out = true, .tail = 2}, "24\n5\n6"},
      {{.error = true, .tail = 1}, "3\n"},
      {{.out = true, .error = true, .until = last, .tail = 1}, "4\n"},
      {{.out = true, .until = last, .tail = 2}, "1\n24\n"},
      {{.out = true, .since = last, .until = last, .tail = 9}, "24\n"},
  };
  for (const auto& c : kCases) {
    for (size_t block = 1; block <= log.size(); ++block) {
      const uint64_t found = Search(log, c.choice, block).value_or(log.size());
      EXPECT_EQ(Text(LogParser(c.choice).Take(log.substr(log.size() - found))), c.text) << block;
    }
  }
}

TEST(TailSearch, WhatIsTooLongIsNoLine) {
  const std::string head = "2026-01-02T03:04:05Z stdout F ";
  const std::string log =
      head + "1\n" + head + std::string(kMaxRecordSize, 'x') + "\n" + head + "2\n";
  const LogChoice one = {.out = true, .tail = 1}, two = {.out = true, .tail = 2};
  EXPECT_EQ(Text(LogParser(one).Take(log.substr(log.size() - *Search(log, one, 1 << 16)))), "2\n");
  EXPECT_EQ(Search(log, two, 1 << 16), std::nullopt);
}

}  // namespace
}  // namespace berth::cri
