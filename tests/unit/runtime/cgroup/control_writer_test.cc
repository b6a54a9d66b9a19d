// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/control_writer.h"

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

}  // namespace
}  // namespace berth::runtime
