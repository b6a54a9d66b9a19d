// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_files.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

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

TEST_F(LogFilesTest, IsSearchedFromItsEnd) {
  const std::string oldest(100 << 10, '1');  // more than one block
  Say(oldest);
  EXPECT_THAT(Rotate(4), test::IsOk());
  Say("22");
  EXPECT_THAT(Rotate(4), test::IsOk());
  Say("3");
  const std::string whole = oldest + "223";
  for (const LogTail::Extent extent : {LogTail::Extent::kPresent, LogTail::Extent::kGrowing}) {
    for (const uint64_t wanted : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{4},
                                  size_t{70000}, whole.size(), whole.size() + 1}) {
      LogTail tail(files, path, extent);
      std::string seen;
      const auto find = [&](absl::string_view block) -> absl::StatusOr<std::optional<uint64_t>> {
        seen.insert(0, block.data(), block.size());
        return seen.size() >= wanted ? std::make_optional(wanted) : std::nullopt;
      };
      EXPECT_THAT(tail.SeekBackward(find), test::IsOk());
      EXPECT_LE(seen.size(), wanted + (64 << 10)) << "no more than it takes";
      EXPECT_TRUE(absl::EndsWith(whole, seen));
      EXPECT_EQ(ReadOn(tail), whole.substr(whole.size() - std::min(wanted, whole.size())));
    }
  }
  LogTail tail(files, path, LogTail::Extent::kPresent);
  const absl::Status gone =
      tail.SeekBackward([&](absl::string_view block) -> absl::StatusOr<std::optional<uint64_t>> {
        return absl::CancelledError(block);
      });
  EXPECT_THAT(gone, test::StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(LogFilesTest, WhereItBeginsStaysWhateverComes) {
  const auto two = [](absl::string_view) { return std::optional<uint64_t>(2); };
  EXPECT_THAT(LogTail(files, path, LogTail::Extent::kGrowing).SeekBackward(two), test::IsOk());
  Say("123");
  for (const LogTail::Extent extent : {LogTail::Extent::kPresent, LogTail::Extent::kGrowing}) {
    LogTail tail(files, path, extent);
    EXPECT_THAT(tail.SeekBackward(two), test::IsOk());
    Say("4");
    EXPECT_THAT(Rotate(4), test::IsOk());
    Say("5");
    EXPECT_EQ(ReadOn(tail), extent == LogTail::Extent::kPresent ? "23" : "4545");
  }
}

TEST_F(LogFilesTest, WhatIsCutShortMeanwhileIsNotWhatWasAskedFor) {
  for (const LogTail::Extent extent : {LogTail::Extent::kPresent, LogTail::Extent::kGrowing}) {
    Say(std::string(200 << 10, '1'));
    LogTail tail(files, path, extent);
    const auto cut = [&](absl::string_view) -> absl::StatusOr<std::optional<uint64_t>> {
      std::filesystem::resize_file(path, 3);
      return std::nullopt;
    };
    EXPECT_THAT(tail.SeekBackward(cut), test::IsOk());
    EXPECT_EQ(ReadOn(tail), "");
    Say("new");
    EXPECT_EQ(ReadOn(tail), extent == LogTail::Extent::kPresent ? "" : "new");
  }
}

TEST_F(LogFilesTest, WhatCannotBeReadIsNoShortLog) {
  std::filesystem::create_directories(path + "/0");
  LogTail tail(files, path, LogTail::Extent::kPresent);
  const auto never = [](absl::string_view) { return std::optional<uint64_t>(); };
  EXPECT_THAT(std::string(tail.SeekBackward(never).message()), HasSubstr("read the log"));
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
