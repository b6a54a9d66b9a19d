// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_files.h"

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

class LogFilesTest : public ::testing::Test {
 protected:
  void Say(const std::string& text) { std::ofstream(path, std::ios::app) << text; }
  absl::Status Rotate(int64_t max_files) {
    return files.Rotate(path, max_files, [this] {
      Say("");
      return absl::OkStatus();
    });
  }
  static std::string ReadOn(LogTail& tail) {
    std::string text;
    for (absl::string_view bytes = tail.Next(); !bytes.empty(); bytes = tail.Next()) {
      text.append(bytes.data(), bytes.size());
    }
    return text;
  }
  std::string ReadAll() {
    LogTail tail(files, path, LogTail::Extent::kGrowing);
    return ReadOn(tail);
  }

  test::TempDir space;
  const std::string path = space.Join("log");
  LogFiles files;
};

TEST_F(LogFilesTest, AreReadFromTheOldestOn) {
  EXPECT_EQ(ReadAll(), "");
  Say("1");
  EXPECT_THAT(Rotate(3), test::IsOk());
  Say("2");
  EXPECT_THAT(Rotate(3), test::IsOk());
  Say("3");
  EXPECT_EQ(ReadAll(), "123");
  EXPECT_THAT(Rotate(3), test::IsOk());
  Say("4");
  EXPECT_EQ(ReadAll(), "234");
  EXPECT_FALSE(std::filesystem::exists(path + ".3"));
  EXPECT_THAT(Rotate(1), test::IsOk());
  EXPECT_FALSE(std::filesystem::exists(path + ".1"));
}

TEST_F(LogFilesTest, AFollowerLosesNothingOverRotations) {
  Say("1");
  LogTail tail(files, path, LogTail::Extent::kGrowing);
  EXPECT_EQ(ReadOn(tail), "1");
  Say("2");
  EXPECT_THAT(Rotate(4), test::IsOk());
  Say("3");
  EXPECT_THAT(Rotate(4), test::IsOk());
  Say("4");
  EXPECT_EQ(ReadOn(tail), "234");
  EXPECT_THAT(Rotate(1), test::IsOk());
  EXPECT_EQ(ReadOn(tail), "");
  Say("5");
  EXPECT_EQ(ReadOn(tail), "5");
}

TEST_F(LogFilesTest, WhatIsThereHasAnEndThoughMoreIsWritten) {
  const std::string first(100 << 10, '1');  // more than one piece
  Say(first);
  EXPECT_THAT(Rotate(4), test::IsOk());
  Say("2");
  LogTail tail(files, path, LogTail::Extent::kPresent);
  std::string read(tail.Next());
  Say("3");
  EXPECT_THAT(Rotate(4), test::IsOk());
  Say("4");
  EXPECT_EQ(read + ReadOn(tail), first + "2");
  EXPECT_EQ(ReadOn(tail), "");
}

TEST_F(LogFilesTest, APreviewIsOfWhatIsReadThen) {
  const std::string first(100 << 10, '1');  // more than one piece
  Say(first);
  EXPECT_THAT(Rotate(2), test::IsOk());
  Say("2");
  for (const LogTail::Extent extent : {LogTail::Extent::kPresent, LogTail::Extent::kGrowing}) {
    LogTail tail(files, path, extent);
    std::string seen;
    const auto take = [&](absl::string_view bytes) {
      seen.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    };
    EXPECT_THAT(tail.Preview(take), test::IsOk());
    const std::string more = extent == LogTail::Extent::kPresent ? "3" : "4";
    Say(more);
    EXPECT_THAT(Rotate(3), test::IsOk());
    EXPECT_EQ(ReadOn(tail).substr(0, seen.size()), seen);
  }
  LogTail tail(files, path, LogTail::Extent::kPresent);
  int pieces = 0;
  const absl::Status gone = tail.Preview([&](absl::string_view) {
    return ++pieces == 2 ? absl::CancelledError("gone") : absl::OkStatus();
  });
  EXPECT_THAT(gone, test::StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(LogFilesTest, WhatIsWrittenBeforeTheNewFileIsThereIsRead) {
  Say("1");
  LogTail tail(files, path, LogTail::Extent::kGrowing);
  EXPECT_EQ(ReadOn(tail), "1");
  EXPECT_THAT(files.Rotate(path, 2,
                           [this] {
                             std::ofstream(path + ".1", std::ios::app) << "late";
                             Say("new");
                             return absl::OkStatus();
                           }),
              test::IsOk());
  EXPECT_EQ(ReadOn(tail), "latenew");
}

TEST_F(LogFilesTest, ARotationThatFailsIsUndone) {
  Say("1");
  EXPECT_THAT(Rotate(3), test::IsOk());
  Say("2");
  EXPECT_FALSE(files.Rotate(path, 3, [] { return absl::InternalError("no"); }).ok());
  EXPECT_EQ(ReadAll(), "12");
  Say("3");
  EXPECT_EQ(ReadAll(), "123");
}

// The shim may open the new file after all: it would be lost below what is moved back.
TEST_F(LogFilesTest, ARotationThatIsNotAnsweredIsDoneLater) {
  Say("1");
  EXPECT_THAT(Rotate(3), test::IsOk());
  Say("2");
  const auto no_answer = [] { return absl::DeadlineExceededError("no answer"); };
  EXPECT_FALSE(files.Rotate(path, 3, no_answer).ok());
  EXPECT_EQ(ReadAll(), "12");
  EXPECT_FALSE(files.Rotate(path, 3, no_answer).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(Rotate(3), test::IsOk());
  Say("3");
  EXPECT_EQ(ReadAll(), "123");
  EXPECT_FALSE(files
                   .Rotate(path, 3,
                           [&] {
                             Say("late");
                             return no_answer();
                           })
                   .ok());
  EXPECT_EQ(ReadAll(), "123late");  // one too many, until the next
  EXPECT_THAT(Rotate(3), test::IsOk());
  EXPECT_EQ(ReadAll(), "3late");
}

}  // namespace
}  // namespace berth::cri
