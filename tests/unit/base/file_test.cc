// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using test::TempDir;
using ::testing::HasSubstr;

mode_t ModeOf(const std::string& path) {
  sys::ErrnoOr<struct stat> info = sys::StatAt(AT_FDCWD, path.c_str(), 0);
  return info.ok() ? info->st_mode & 07777 : 0;
}

int CountEntries(const TempDir& dir) {
  sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(dir.fd(), ".");
  int count = 0;
  for (auto entry = reader->Next(); entry.ok() && *entry != nullptr; entry = reader->Next()) {
    ++count;
  }
  return count;
}

TEST(File, ReadsUpToTheLimit) {
  TempDir dir;
  const std::string path = dir.Write("a", "12345");
  EXPECT_THAT(ReadFile(path, 5), IsOkAndHolds("12345"));
  EXPECT_THAT(ReadFile(path, 4), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(path)));
  EXPECT_THAT(ReadFile(dir.Write("empty", ""), 0), IsOkAndHolds(""));
}

TEST(File, ReadsLargeAndSizelessFiles) {
  TempDir dir;
  const std::string large(300'000, 'x');
  EXPECT_THAT(ReadFile(dir.Write("a", large), 1 << 20), IsOkAndHolds(large));
  EXPECT_THAT(ReadFile("/proc/self/status", 1 << 20), IsOkAndHolds(HasSubstr("Name:")));
}

TEST(File, SaysThatAFileIsAbsent) {
  EXPECT_THAT(ReadFile("/nonexistent/file", 10),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/file")));
}

TEST(File, WritesWithExactlyTheMode) {
  TempDir dir;
  for (mode_t mode : {0600u, 0666u, 0755u}) {
    ASSERT_THAT(WriteFileAtomically(dir.Join("a"), "x", mode, Sync::kPower), IsOk());
    EXPECT_EQ(ModeOf(dir.Join("a")), mode);
  }
  EXPECT_EQ(dir.Read("a"), "x");
}

TEST(File, LeavesNothingBesideWhenItFails) {
  TempDir dir;
  ASSERT_THAT(EnsureDirectories(dir.Join("taken/inside"), 0755), IsOk());
  EXPECT_FALSE(WriteFileAtomically(dir.Join("taken"), "x", 0600).ok());
  EXPECT_EQ(CountEntries(dir), 1);
  EXPECT_THAT(WriteFileAtomically(dir.Join("no/such"), "x", 0600),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(File, IsNeverSeenHalfWritten) {
  TempDir dir;
  const std::string path = dir.Join("a");
  const std::string contents[] = {std::string(50'000, 'a'), std::string(50'000, 'b')};
  ASSERT_THAT(WriteFileAtomically(path, contents[0], 0600), IsOk());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      EXPECT_THAT(WriteFileAtomically(path, contents[i % 2], 0600), IsOk());
    }
  });
  for (int i = 0; i < 200; ++i) {
    absl::StatusOr<std::string> seen = ReadFile(path, 1 << 20);
    EXPECT_TRUE(seen.ok() && (*seen == contents[0] || *seen == contents[1]));
  }
  stop = true;
  writer.join();
}

TEST(File, MakesMissingParents) {
  TempDir dir;
  ASSERT_THAT(EnsureDirectories(dir.Join("a/b/c"), 0700), IsOk());
  EXPECT_EQ(ModeOf(dir.Join("a/b")), 0755u);
  EXPECT_EQ(ModeOf(dir.Join("a/b/c")), 0700u);
  EXPECT_THAT(EnsureDirectories(dir.Join("a/b/c/"), 0755), IsOk());
  EXPECT_EQ(ModeOf(dir.Join("a/b/c")), 0700u);
}

TEST(File, MakesNoDirectoryBelowAFile) {
  TempDir dir;
  dir.Write("file", "");
  EXPECT_FALSE(EnsureDirectories(dir.Join("file"), 0755).ok());
  EXPECT_FALSE(EnsureDirectories(dir.Join("file/below"), 0755).ok());
}

}  // namespace
}  // namespace berth
