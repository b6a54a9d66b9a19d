// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/own_filesystems.h"

#include <fcntl.h>

#include <cerrno>

#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "base/sys/file.h"

namespace berth::shim {
namespace {

sys::Fd Open(const char* path) {
  return *sys::OpenAt(AT_FDCWD, path, O_PATH);
}

TEST(OwnFilesystems, AreReachedByTheirOwnPathsOnly) {
  OwnFilesystems own;
  const sys::Fd proc = Open("/proc");
  ASSERT_TRUE(own.Add(proc.get(), "/proc").ok());
  const sys::Fd inside = Open("/proc/self");
  EXPECT_TRUE(own.CheckTarget(inside.get(), "/proc/self").ok());
  EXPECT_TRUE(own.CheckTarget(proc.get(), "/proc").ok());
  EXPECT_EQ(own.CheckTarget(inside.get(), "/data").error().code, EXDEV);
  EXPECT_EQ(own.CheckTarget(inside.get(), "/process").error().code, EXDEV);
  EXPECT_TRUE(own.CheckTarget(Open("/").get(), "/anything").ok());
}

TEST(OwnFilesystems, AndTheRootAreWhereNodesAreMade) {
  OwnFilesystems own;
  const sys::Fd root = Open("/");
  const sys::Fd proc = Open("/proc");
  EXPECT_TRUE(own.CheckParent(root.get(), "/", root.get()).ok());
  EXPECT_EQ(own.CheckParent(proc.get(), "/dev", root.get()).error().code, EXDEV);
  ASSERT_TRUE(own.Add(proc.get(), "/dev").ok());
  EXPECT_TRUE(own.CheckParent(proc.get(), "/dev", root.get()).ok());
  EXPECT_EQ(own.CheckParent(proc.get(), "/", root.get()).error().code, EXDEV);
}

TEST(OwnFilesystems, TellPathsBelowFromPathsBeside) {
  EXPECT_TRUE(IsAtOrBelow("/dev", "/dev"));
  EXPECT_TRUE(IsAtOrBelow("/dev/shm", "/dev"));
  EXPECT_FALSE(IsAtOrBelow("/device", "/dev"));
  EXPECT_FALSE(IsAtOrBelow("/", "/dev"));
}

}  // namespace
}  // namespace berth::shim
