// SPDX-License-Identifier: Apache-2.0
#include "base/replace_file.h"

#include <filesystem>

#include "gtest/gtest.h"

#include "base/file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

TEST(ReplaceFile, TheNewOneIsThereWhenItIsWhole) {
  const test::TempDir directory;
  const std::string path = directory.Join("file");
  for (const std::string text : {"first", "second"}) {
    EXPECT_THAT(ReplaceFile(path,
                            [&](int fd) {
                              return ToStatus(sys::WriteAll(fd, text.data(), text.size()), "write");
                            }),
                test::IsOk());
    EXPECT_THAT(ReadFile(path, 100), test::IsOkAndHolds(text));
  }
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
}

TEST(ReplaceFile, AFailureLeavesAllAsItWas) {
  const test::TempDir directory;
  const std::string path = directory.Join("file");
  EXPECT_THAT(ReplaceFile(path, [](int) { return absl::InternalError("cut"); }),
              test::StatusIs(absl::StatusCode::kInternal, "cut"));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_FALSE(ReplaceFile(directory.Join("no/such"), [](int) { return absl::OkStatus(); }).ok());
}

}  // namespace
}  // namespace berth
