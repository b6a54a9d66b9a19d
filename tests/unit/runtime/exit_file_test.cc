// SPDX-License-Identifier: Apache-2.0
#include "runtime/exit_file.h"

#include "gtest/gtest.h"

#include "runtime/plan/exit_record.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

TEST(ReadExitFile, ReadsWhatAShimHasLeft) {
  test::TempDir dir;
  char space[kMaxExitRecordSize];
  dir.Write("exits/ctr",
            std::string(FormatExitRecord(
                {.exit_code = 3, .oom_killed = true, .started_at = 4, .finished_at = 5}, space)));
  const std::optional<ContainerExit> exit = ReadExitFile(dir.path(), "ctr");
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->record.exit_code, 3);
  EXPECT_TRUE(exit->record.oom_killed);
  EXPECT_EQ(exit->record.started_at, 4);
  EXPECT_EQ(exit->record.finished_at, 5);
}

TEST(ReadExitFile, NothingAbsentOrBrokenIsAnExit) {
  test::TempDir dir;
  EXPECT_EQ(ReadExitFile(dir.path(), "ctr").has_value(), false);
  dir.Write("exits/ctr", "exit_code=3");
  EXPECT_EQ(ReadExitFile(dir.path(), "ctr").has_value(), false);
  dir.Write("exits/ctr", std::string(1 << 16, 'x'));
  EXPECT_EQ(ReadExitFile(dir.path(), "ctr").has_value(), false);
}

}  // namespace
}  // namespace berth::runtime
