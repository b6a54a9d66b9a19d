// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/control_writer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

CgroupHierarchies OneHierarchy(const FakeTree& tree) {
  CgroupHierarchies result;
  result.mode = CgroupMode::kV1;
  result.controllers["memory"] = tree.Path("memory");
  return result;
}

TEST(ControlWriter, WritesEachFile) {
  const FakeTree tree({{"memory/c/memory.limit_in_bytes", ""}, {"memory/c/memory.x", ""}});
  ASSERT_TRUE(WriteControls(OneHierarchy(tree), "/c",
                            {{"memory", "memory.limit_in_bytes", "7"}, {"memory", "memory.x", "8"}})
                  .ok());
  EXPECT_EQ(tree.Read("memory/c/memory.limit_in_bytes"), "7");
  EXPECT_EQ(tree.Read("memory/c/memory.x"), "8");
}

TEST(ControlWriter, OpensARunOfOneFileOnce) {
  const FakeTree tree({{"memory/c/list", ""}});
  ASSERT_TRUE(
      WriteControls(OneHierarchy(tree), "/c", {{"memory", "list", "a;"}, {"memory", "list", "b;"}})
          .ok());
  EXPECT_EQ(tree.Read("memory/c/list"), "a;b;");
}

TEST(ControlWriter, OnlyOptionalFilesMayBeMissing) {
  const FakeTree tree({{"memory/c/memory.x", ""}});
  const CgroupHierarchies hierarchies = OneHierarchy(tree);
  EXPECT_TRUE(WriteControls(hierarchies, "/c",
                            {{"memory", "memory.swap.max", "1", true}, {"memory", "memory.x", "2"}})
                  .ok());
  EXPECT_EQ(tree.Read("memory/c/memory.x"), "2");
  EXPECT_TRUE(absl::IsInvalidArgument(
      WriteControls(hierarchies, "/c", {{"memory", "memory.swap.max", "1"}})));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(WriteControls(hierarchies, "/c", {{"io", "io.max", "1"}})));
}

TEST(ReadControls, TellWhatBringsAllBackInTheReverseOrder) {
  const FakeTree tree({{"memory/c/memory.limit", "7\n"},
                       {"memory/c/sets", "\n"},
                       {"memory/c/keyed", "a 1\nb 2\n"}});
  const std::vector<CgroupWrite> writes = {
      {"memory", "memory.limit", "8"}, {"memory", "absent", "8", true}, {"memory", "sets", "0-1"},
      {"memory", "keyed", "a 3"},      {"memory", "keyed", "b 3"},      {"io", "io.max", "1"}};
  std::vector<std::string> told;
  for (const CgroupWrite& write : ReadControls(OneHierarchy(tree), "/c", writes)) {
    told.push_back(write.file + "=" + write.value);
  }
  EXPECT_THAT(told, ::testing::ElementsAre("keyed=b 2", "keyed=a 1", "sets=\n", "memory.limit=7"));
}

}  // namespace
}  // namespace berth::runtime
