// SPDX-License-Identifier: Apache-2.0
#include "runtime/process_census.h"

#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::testing::Optional;

const absl::Time kStart = absl::UnixEpoch();

TEST(CountProcesses, CountsDescriptorsAndSockets) {
  const test::TempDir proc;
  proc.Write("7/limits",
             "Limit  Soft Limit  Hard Limit  Units\nMax open files  1024  4096  files\n");
  proc.Write("7/fd/x", "");
  unlink(proc.Join("7/fd/x").c_str());
  proc.Write("9/fd/0", "");  // what is no symlink is a descriptor all the same
  ASSERT_EQ(symlink("socket:[12]", proc.Join("7/fd/0").c_str()), 0);
  ASSERT_EQ(symlink("socketless", proc.Join("7/fd/1").c_str()), 0);
  ASSERT_EQ(symlink("/dev/null", proc.Join("7/fd/2").c_str()), 0);
  const ProcessCounts counts = CountProcesses(proc.path(), {9, 7, 7, 8});
  EXPECT_EQ(counts.processes, 3u);
  EXPECT_EQ(counts.descriptors, 4u);
  EXPECT_EQ(counts.sockets, 1u);
  EXPECT_THAT(counts.open_files_limit, Optional(1024u));
}

TEST(CountProcesses, OfNoneIsNothing) {
  const ProcessCounts counts = CountProcesses("/nowhere", {});
  EXPECT_EQ(counts.processes, 0u);
  EXPECT_EQ(counts.open_files_limit, std::nullopt);
}

TEST(OpenFilesLimit, IsUnsetWhenThereIsNone) {
  EXPECT_EQ(ParseOpenFilesLimit("Max open files            unlimited  unlimited  files\n"),
            std::nullopt);
  EXPECT_EQ(ParseOpenFilesLimit("Max processes  5  5  processes\n"), std::nullopt);
}

class ProcessCensusTest : public ::testing::Test {
 protected:
  uint64_t Ask(absl::Time now) {
    return census
        .Of("a", now,
            [this] {
              ProcessCounts counts;
              counts.processes = ++counted;
              return counts;
            })
        .processes;
  }
  ProcessCensus census;
  uint64_t counted = 0;
};

TEST_F(ProcessCensusTest, IsTakenSeldom) {
  EXPECT_EQ(Ask(kStart), 1u);
  EXPECT_EQ(Ask(kStart + ProcessCensus::kShortestAge - absl::Seconds(1)), 1u);
  EXPECT_EQ(Ask(kStart + absl::Hours(1)), 2u);
}

TEST_F(ProcessCensusTest, ForgetsAContainer) {
  EXPECT_EQ(Ask(kStart), 1u);
  census.Forget("a");
  EXPECT_EQ(Ask(kStart), 2u);
}

TEST_F(ProcessCensusTest, GivesTheLastCountWhileOneIsTaken) {
  EXPECT_EQ(Ask(kStart), 1u);
  const absl::Time later = kStart + absl::Hours(1);
  census.Of("a", later, [&] {
    EXPECT_EQ(Ask(later), 1u);
    return ProcessCounts();
  });
}

}  // namespace
}  // namespace berth::runtime
