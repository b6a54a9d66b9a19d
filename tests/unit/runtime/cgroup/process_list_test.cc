// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/process_list.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(ProcessList, CollectsFromTheWholeTree) {
  const FakeTree tree({{"c/cgroup.procs", "12\n7\n"},
                       {"c/a/cgroup.procs", "13\n"},
                       {"c/a/b/cgroup.procs", ""},
                       {"c/d/other", "99\n"}});
  std::vector<int> processes;
  ASSERT_TRUE(AppendProcesses(tree.Path("c"), processes).ok());
  EXPECT_THAT(processes, UnorderedElementsAre(12, 7, 13));
}

TEST(ProcessList, ListsParentsBeforeChildren) {
  const FakeTree tree;
  tree.MakeDirectory("c/a/b");
  std::vector<std::string> directories;
  ASSERT_TRUE(AppendDirectories(tree.Path("c"), directories).ok());
  EXPECT_THAT(directories, ElementsAre(tree.Path("c"), tree.Path("c/a"), tree.Path("c/a/b")));
}

TEST(ProcessList, AGoneCgroupHasNothing) {
  const FakeTree tree;
  std::vector<int> processes;
  std::vector<std::string> directories;
  EXPECT_TRUE(AppendProcesses(tree.Path("c"), processes).ok());
  EXPECT_TRUE(AppendDirectories(tree.Path("c"), directories).ok());
  EXPECT_THAT(processes, IsEmpty());
  EXPECT_THAT(directories, IsEmpty());
}

TEST(ProcessList, StopsAtTheDepthLimit) {
  const FakeTree tree;
  std::string path = "c";
  for (int i = 0; i < kMaxCgroupDepth + 2; ++i) {
    path += "/x";
  }
  tree.MakeDirectory(path);
  std::vector<std::string> directories;
  EXPECT_TRUE(absl::IsResourceExhausted(AppendDirectories(tree.Path("c"), directories)));
}

TEST(ProcessList, SkipsProcessesOutsideOurPidNamespace) {
  std::vector<int> processes;
  ParseProcesses("0\n5\nx\n\n-3\n6", processes);
  EXPECT_THAT(processes, ElementsAre(5, 6));
}

}  // namespace
}  // namespace berth::runtime
