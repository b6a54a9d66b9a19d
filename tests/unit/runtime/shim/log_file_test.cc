// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/log_file.h"

#include <sys/stat.h>

#include <string>

#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

TEST(LogFile, AppendsWholeBatchesInOrder) {
  test::TempDir directory;
  LogFile log;
  ASSERT_TRUE(log.Open(directory.Join("log").c_str()).ok());
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
  ASSERT_TRUE(log.Open(directory.Join("log").c_str()).ok());
  LogBatch batch(log, LogStream::kStdout, 0);
  const std::string payload(kMaxLogPayload, 'x');
  for (int i = 0; i < 20; ++i) {
    batch.Add({payload, false, payload.size()});
  }
  batch.Flush();
  EXPECT_EQ(directory.Read("log").size(), 20 * (kLogHeadSize + kMaxLogPayload + 1));
}

TEST(LogFile, IsARegularFileOrNone) {
  test::TempDir directory;
  ASSERT_EQ(mkfifo(directory.Join("fifo").c_str(), 0600), 0);
  LogFile log;
  EXPECT_EQ(log.Open(directory.Join("fifo").c_str()).error().code, ENXIO);
  EXPECT_EQ(log.Open("/dev/null").error().code, EINVAL);
  EXPECT_EQ(log.Open(directory.Join("absent/log").c_str()).error().code, ENOENT);
  EXPECT_TRUE(log.Open("").ok());
  EXPECT_TRUE(log.discards());
  log.Append("nowhere\n");
}

}  // namespace
}  // namespace berth::shim
