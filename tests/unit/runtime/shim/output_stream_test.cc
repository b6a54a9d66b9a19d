// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/output_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

class Stream : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    stream_.Open(sys::Fd(ends[0]));
    writer_ = sys::Fd(ends[1]);
    ASSERT_TRUE(log_.Open(directory_.path() + "//log").ok());
  }

  void Write(const std::string& text) {
    ASSERT_TRUE(sys::WriteAll(writer_.get(), text.data(), text.size()).ok());
  }

  // What is passed on, of a stream that has not ended.
  std::string Read(LogFile& log) {
    const OutputStream::Chunk chunk = stream_.Read(log);
    EXPECT_FALSE(chunk.ended);
    return std::string(chunk.bytes);
  }

  // Tag and payload of every record, without its time.
  std::string Records() {
    const std::string log = directory_.Read("log");
    std::string all;
    for (absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
      all += std::string(line.substr(kLogHeadSize - 2)) + "\n";
    }
    return all;
  }

  test::TempDir directory_;
  std::array<char, kMaxLogPayload> kept_;
  LogFile log_;
  OutputStream stream_{LogStream::kStdout, kept_};
  sys::Fd writer_;
};

TEST_F(Stream, KeepsTheBeginningOfALineUntilItsEnd) {
  Write("one\ntw");
  EXPECT_EQ(Read(log_), "one\ntw");
  EXPECT_EQ(Records(), "F one\n");
  EXPECT_EQ(Read(log_), "");
  Write("o\nthr");
  EXPECT_EQ(Read(log_), "o\nthr");  // without what was kept
  EXPECT_EQ(Records(), "F one\nF two\n");
  Write("ee");
  writer_ = sys::Fd();
  EXPECT_EQ(Read(log_), "ee");
  EXPECT_TRUE(stream_.Read(log_).ended);
  stream_.Finish(log_);
  EXPECT_EQ(Records(), "F one\nF two\nP three\n");
  EXPECT_FALSE(stream_.is_open());
}

TEST_F(Stream, CutsLongLinesWhereverTheyAreReadInPieces) {
  const std::string line(2 * kMaxLogPayload + 5, 'x');
  const std::string part = "P " + line.substr(0, kMaxLogPayload) + "\n";
  for (size_t piece : {size_t{1000}, size_t{16384}, size_t{30000}}) {
    std::string rest = line + "\n";
    while (!rest.empty()) {
      Write(rest.substr(0, piece));
      rest.erase(0, std::min(piece, rest.size()));
      EXPECT_FALSE(stream_.Read(log_).ended);
    }
    EXPECT_EQ(Records(), part + part + "F xxxxx\n") << piece;
    ASSERT_EQ(truncate(directory_.Join("log").c_str(), 0), 0);
  }
}

TEST_F(Stream, FinishesThoughAWriterGoesOn) {
  Write("one\nrest");
  EXPECT_EQ(Read(log_), "one\nrest");
  Write("lost");
  stream_.Finish(log_);  // the pipe is still open for writing
  EXPECT_EQ(Records(), "F one\nP rest\n");
  EXPECT_FALSE(stream_.is_open());
}

TEST_F(Stream, IsDrainedWithoutALog) {
  LogFile none;
  Write("half a line");
  EXPECT_EQ(Read(none), "half a line");
  writer_ = sys::Fd();
  EXPECT_TRUE(stream_.Read(none).ended);
}

}  // namespace
}  // namespace berth::shim
