// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/log_follower.h"

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

class LogFollowerTest : public testing::Test {
 protected:
  LogFollowerTest() {
    std::string name = testing::TempDir() + "/log_follower_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~LogFollowerTest() override { std::filesystem::remove_all(directory_); }

  std::string Path() const { return directory_ + "/0.log"; }
  void Append(const std::string& text) const { std::ofstream(Path(), std::ios::app) << text; }

  LogFollower Follow(int64_t tail = -1) const {
    absl::StatusOr<LogFollower> follower = LogFollower::Open(Path(), tail);
    EXPECT_TRUE(follower.ok()) << follower.status();
    return *std::move(follower);
  }

  static std::string Drain(LogFollower& follower) {
    std::string texts;
    const absl::Status status =
        follower.Drain([&](const LogRecord& record) { texts += std::string(record.text) + ";"; });
    EXPECT_TRUE(status.ok()) << status;
    return texts;
  }

  static bool IsReadable(const LogFollower& follower) {
    pollfd wait = {.fd = follower.fd(), .events = POLLIN, .revents = 0};
    return poll(&wait, 1, 5000) == 1;
  }

  std::string directory_;
};

TEST_F(LogFollowerTest, ReadsWhatIsThereAndWhatComes) {
  Append("t stdout F one\nt stdout F two\n");
  LogFollower follower = Follow();
  EXPECT_EQ(Drain(follower), "one;two;");
  Append("t stdout F three\n");
  EXPECT_TRUE(IsReadable(follower));
  EXPECT_EQ(Drain(follower), "three;");
}

TEST_F(LogFollowerTest, WaitsForTheRestOfARecord) {
  Append("t stdout F on");
  LogFollower follower = Follow();
  EXPECT_EQ(Drain(follower), "");
  Append("e\n");
  EXPECT_EQ(Drain(follower), "one;");
}

TEST_F(LogFollowerTest, WaitsForAFileThatDoesNotExistYet) {
  LogFollower follower = Follow();
  EXPECT_EQ(Drain(follower), "");
  Append("t stdout F one\n");
  EXPECT_TRUE(IsReadable(follower));
  EXPECT_EQ(Drain(follower), "one;");
}

TEST_F(LogFollowerTest, GoesOnInTheNewFileAfterARotation) {
  Append("t stdout F one\n");
  LogFollower follower = Follow();
  EXPECT_EQ(Drain(follower), "one;");
  Append("t stdout F two\n");
  std::filesystem::rename(Path(), Path() + ".1");
  Append("t stdout F three\n");
  EXPECT_TRUE(IsReadable(follower));
  EXPECT_EQ(Drain(follower), "two;three;");
}

TEST_F(LogFollowerTest, BeginsAtTheLastLines) {
  std::string text;
  for (int line = 0; line < 20000; ++line) {  // more than is read at first
    text += "2016-10-06T00:17:09.669794202Z stdout F " + std::to_string(line) + "\n";
  }
  Append(text);
  LogFollower two = Follow(2);
  EXPECT_EQ(Drain(two), "19998;19999;");
  LogFollower none = Follow(0);
  EXPECT_EQ(Drain(none), "");
  LogFollower most = Follow(19999);
  EXPECT_EQ(Drain(most).substr(0, 4), "1;2;");
  LogFollower all = Follow(30000);
  EXPECT_EQ(Drain(all).substr(0, 4), "0;1;");
}

TEST_F(LogFollowerTest, BeginsAtTheLastLinesThatWereSaidByThen) {
  const absl::Time begin = absl::FromUnixSeconds(1700000000);
  std::string text;
  for (int line = 0; line < 20000; ++line) {
    text += absl::FormatTime(absl::RFC3339_full, begin + absl::Seconds(line), absl::UTCTimeZone()) +
            " stdout F " + std::to_string(line) + "\n";
  }
  Append(text);
  const auto begins = [&](int64_t tail, absl::Duration until) {
    auto follower = LogFollower::Open(Path(), tail, begin + until);
    EXPECT_TRUE(follower.ok()) << follower.status();
    return Drain(*follower).substr(0, 6);
  };
  EXPECT_EQ(begins(2, absl::Seconds(19990)), "19989;");
  EXPECT_EQ(begins(2, absl::Milliseconds(100500)), "99;100");
  EXPECT_EQ(begins(9, absl::Seconds(1)), "0;1;");
  EXPECT_EQ(begins(2, absl::Hours(24)), "19998;");
}

TEST_F(LogFollowerTest, WhatWasSaidLaterIsReadOnce) {
  const auto read_so_far = [] {
    std::ifstream io("/proc/self/io");
    std::string name;
    size_t bytes = 0;
    io >> name >> bytes;
    return bytes;
  };
  const absl::Time begin = absl::FromUnixSeconds(1700000000);
  std::string text;
  for (int line = 0; line < 100000; ++line) {
    text += absl::FormatTime(absl::RFC3339_full, begin + absl::Seconds(line), absl::UTCTimeZone()) +
            " stdout F " + std::to_string(line) + "\n";
  }
  Append(text);
  const size_t before = read_so_far();
  ASSERT_GT(before, 0u);
  auto follower = LogFollower::Open(Path(), 2, begin + absl::Seconds(3));
  ASSERT_TRUE(follower.ok()) << follower.status();
  EXPECT_FALSE(follower->is_over());
  EXPECT_EQ(Drain(*follower), "2;3;");
  EXPECT_TRUE(follower->is_over());
  EXPECT_LT(read_so_far() - before, text.size() + (256 << 10));
  Append(text);
  EXPECT_EQ(Drain(*follower), "");
}

TEST_F(LogFollowerTest, RefusesWhatIsNoLog) {
  Append("not a record\n");
  LogFollower follower = Follow();
  EXPECT_TRUE(absl::IsDataLoss(follower.Drain([](const LogRecord&) {})));
}

TEST_F(LogFollowerTest, NeedsADirectory) {
  EXPECT_FALSE(LogFollower::Open(directory_ + "/missing/0.log", -1).ok());
}

}  // namespace
}  // namespace berth::cli
