// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/inode.h"
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

TEST(File, ReadsInAPlaceOfOthersRegularFilesOnly) {
  TempDir dir;
  const std::string path = dir.Write("a", "12345");
  EXPECT_THAT(ReadRegularFile(path, 5, LastLink::kRefused), IsOkAndHolds("12345"));
  EXPECT_THAT(ReadRegularFile(path, 4, LastLink::kRefused),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(path)));
  ASSERT_EQ(symlink(path.c_str(), dir.Join("link").c_str()), 0);
  EXPECT_THAT(ReadRegularFile(dir.Join("link"), 5, LastLink::kFollowed), IsOkAndHolds("12345"));
  EXPECT_THAT(ReadRegularFile(dir.Join("link"), 5, LastLink::kRefused), ::testing::Not(IsOk()));
  ASSERT_EQ(mkfifo(dir.Join("fifo").c_str(), 0600), 0);
  EXPECT_THAT(ReadRegularFile(dir.Join("fifo"), 5, LastLink::kFollowed),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no regular file")));
  EXPECT_THAT(ReadRegularFile(dir.path(), 5, LastLink::kFollowed),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no regular file")));
}

TEST(File, SaysThatAFileIsAbsent) {
  EXPECT_THAT(ReadFile("/nonexistent/file", 10),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/file")));
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
