// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/log_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

TEST(LogFile, AppendsWholeBatchesInOrder) {
  test::TempDir directory;
  LogFile log;
  ASSERT_TRUE(log.Open(directory.path() + "//log").ok());
  LogBatch batch(log, LogStream::kStderr, 0);
  batch.Add({"one", false, 4});
  batch.Add({"two", true, 3});
  EXPECT_EQ(directory.Read("log"), "");
  batch.Flush();
  EXPECT_EQ(directory.Read("log"),
            "1970-01-01T00:00:00.000000000Z stderr F one\n"
            "1970-01-01T00:00:00.000000000Z stderr P two\n");
}

TEST(LogFile, TakesBatchesLargerThanItsSpace) {
  test::TempDir directory;
  LogFile log;
  ASSERT_TRUE(log.Open(directory.path() + "//log").ok());
  LogBatch batch(log, LogStream::kStdout, 0);
  const std::string payload(kMaxLogPayload, 'x');
  for (int i = 0; i < 20; ++i) {
    batch.Add({payload, false, payload.size()});
  }
  batch.Flush();
  EXPECT_EQ(directory.Read("log").size(), 20 * (kLogHeadSize + kMaxLogPayload + 1));
}

TEST(LogFile, FollowsLinksToItsDirectoryButNoneBeneath) {
  test::TempDir directory;
  ASSERT_TRUE(std::filesystem::create_directories(directory.Join("real/sub")));
  std::filesystem::create_symlink(directory.Join("real"), directory.Join("link"));
  std::filesystem::create_symlink("sub", directory.Join("real/other"));
  std::filesystem::create_symlink("sub/0.log", directory.Join("real/log"));
  const std::string by_link = directory.Join("link");
  LogFile log;
  EXPECT_TRUE(log.Open(by_link + "//sub/0.log").ok());
  EXPECT_EQ(log.Open(by_link + "//other/0.log").error().code, ELOOP);
  EXPECT_EQ(log.Open(by_link + "//log").error().code, ELOOP);
  EXPECT_EQ(log.Open(by_link + "//../x").error().code, EXDEV);
  log.Append("still open\n");
  EXPECT_EQ(directory.Read("real/sub/0.log"), "still open\n");
}

TEST(LogFile, IsARegularFileOrNone) {
  test::TempDir directory;
  ASSERT_EQ(mkfifo(directory.Join("fifo").c_str(), 0600), 0);
  LogFile log;
  EXPECT_EQ(log.Open(directory.path() + "//fifo").error().code, ENXIO);
  EXPECT_EQ(log.Open("/dev//null").error().code, EINVAL);
  EXPECT_EQ(log.Open("/dev/null").error().code, EINVAL) << "of no log directory";
  EXPECT_EQ(log.Open(directory.path() + "//absent/log").error().code, ENOENT);
  EXPECT_TRUE(log.Open("").ok());
  EXPECT_TRUE(log.discards());
  log.Append("nowhere\n");
}

}  // namespace
}  // namespace berth::shim
