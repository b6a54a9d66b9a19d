// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup_directory.h"

#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

TEST(CgroupDirectory, EnablesMissingControllersFromTheTop) {
  const FakeTree tree({{"cgroup.controllers", "cpu memory pids\n"},
                       {"cgroup.subtree_control", "cpu\n"},
                       {"a/cgroup.subtree_control", ""},
                       {"a/b/cgroup.controllers", "cpu\n"},
                       {"a/b/cgroup.subtree_control", ""}});
  ASSERT_TRUE(EnableControllers(tree.root(), "/a/b", {"cpu", "memory", "io"}).ok());
  EXPECT_EQ(tree.Read("cgroup.subtree_control"), "+memory");
  EXPECT_EQ(tree.Read("a/cgroup.subtree_control"), "+cpu +memory");
  EXPECT_EQ(tree.Read("a/b/cgroup.subtree_control"), "");
}

TEST(CgroupDirectory, TouchesNothingWhenAllAreThere) {
  const FakeTree tree({{"a/cgroup.controllers", "cpu memory\n"}, {"a/cgroup.procs", ""}});
  EXPECT_TRUE(EnableControllers(tree.root(), "/a", {"cpu", "memory"}).ok());
}

TEST(CgroupDirectory, MakesMissingParents) {
  const FakeTree tree;
  absl::StatusOr<bool> made = EnsureCgroupDirectory(tree.root(), "/a/b/c", HierarchyKind::kV1);
  if (!made.ok()) {
    GTEST_SKIP() << "needs trusted extended attributes: " << made.status();
  }
  EXPECT_TRUE(*made);
  made = EnsureCgroupDirectory(tree.root(), "/a/b/c", HierarchyKind::kV1);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(*made);
}

TEST(CgroupDirectory, RemovesTheParentsItMadeButNoOthers) {
  const FakeTree tree;
  tree.MakeDirectory("theirs");
  const absl::StatusOr<bool> made =
      EnsureCgroupDirectory(tree.root(), "/theirs/ours/c", HierarchyKind::kV1);
  if (!made.ok()) {
    GTEST_SKIP() << "needs trusted extended attributes: " << made.status();
  }
  tree.MakeDirectory("theirs/ours/c/nested/deeper");
  ASSERT_TRUE(RemoveCgroupDirectory(tree.root(), "/theirs/ours/c").ok());
  EXPECT_FALSE(tree.Exists("theirs/ours"));
  EXPECT_TRUE(tree.Exists("theirs"));
  EXPECT_TRUE(RemoveCgroupDirectory(tree.root(), "/theirs/ours/c").ok());
}

}  // namespace
}  // namespace berth::runtime
