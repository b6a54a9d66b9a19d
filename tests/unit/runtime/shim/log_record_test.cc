// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/log_record.h"

#include <string>

#include "gtest/gtest.h"

namespace berth::shim {
namespace {

std::string Head(int64_t time, LogStream stream, bool partial) {
  char head[kLogHeadSize];
  FormatLogHead(head, time, stream, partial);
  return std::string(head, sizeof(head));
}

TEST(LogHead, IsTheKubeletsFormat) {
  EXPECT_EQ(Head(0, LogStream::kStdout, false), "1970-01-01T00:00:00.000000000Z stdout F ");
  EXPECT_EQ(Head(1767323045000000006, LogStream::kStderr, true),
            "2026-01-02T03:04:05.000000006Z stderr P ");
  EXPECT_EQ(Head(951782399999999999, LogStream::kStdout, false),
            "2000-02-28T23:59:59.999999999Z stdout F ");
  EXPECT_EQ(Head(951782400000000000, LogStream::kStdout, false),
            "2000-02-29T00:00:00.000000000Z stdout F ");
}

struct PieceCase {
  const char* what;
  std::string pending;
  bool at_end;
  std::string payload;
  bool partial;
  size_t consumed;
};

TEST(LogPiece, IsOneRecord) {
  const std::string full(kMaxLogPayload, 'x');
  const std::string binary("\0\xff\n", 3);
  const PieceCase cases[] = {
      {"nothing", "", false, "", false, 0},
      {"nothing at the end", "", true, "", false, 0},
      {"a line", "one\ntwo\n", false, "one", false, 4},
      {"an empty line", "\nx", false, "", false, 1},
      {"a carriage return stays", "dos\r\n", false, "dos\r", false, 5},
      {"an unfinished line", "wait", false, "", false, 0},
      {"an unfinished line at the end", "last", true, "last", true, 4},
      {"a line of the greatest size", full + "\n", false, full, false, full.size() + 1},
      {"the greatest size, unfinished", full, false, "", false, 0},
      {"the greatest size at the end", full, true, full, true, full.size()},
      {"one byte more", full + "y", false, full, true, full.size()},
      {"one byte more and its end", full + "y\n", false, full, true, full.size()},
      {"a return behind the greatest size", full + "\r\n", false, full, true, full.size()},
      {"bytes that are no text", binary, false, binary.substr(0, 2), false, 3},
  };
  for (const PieceCase& each : cases) {
    const LogPiece piece = TakeLogPiece(each.pending, each.at_end);
    EXPECT_EQ(piece.payload, each.payload) << each.what;
    EXPECT_EQ(piece.partial, each.partial) << each.what;
    EXPECT_EQ(piece.consumed, each.consumed) << each.what;
  }
}

TEST(LogPiece, PiecesOfALineAreTheLine) {
  const std::string line(5 * kMaxLogPayload + 77, 'z');
  std::string pending = line + "\n";
  std::string joined;
  int pieces = 0;
  while (!pending.empty()) {
    const LogPiece piece = TakeLogPiece(pending, false);
    ASSERT_GT(piece.consumed, 0u);
    joined += piece.payload;
    ++pieces;
    EXPECT_EQ(piece.partial, pieces < 6);
    pending.erase(0, piece.consumed);
  }
  EXPECT_EQ(joined, line);
  EXPECT_EQ(pieces, 6);
}

}  // namespace
}  // namespace berth::shim
