// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/device_filter.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>

#include "gmock/gmock.h"

#include "tests/kernel/runtime/cgroup/test_cgroup.h"
#include "tests/support/kernel_test.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using test::IsOk;

int TryOpen(const char* path, int flags) {
  const int fd = open(path, flags | O_CLOEXEC);
  return fd >= 0 ? 0 : errno;
}

int TryMknod(const std::string& directory, unsigned minor) {
  const std::string path = absl::StrCat(directory, "/node", minor);
  return mknod(path.c_str(), S_IFCHR | 0600, makedev(1, minor)) == 0 ? 0 : errno;
}

void ExpectOnlyNull(const TestCgroup& cgroup) {
  const test::TempDir directory;
  const auto inside = [&](const std::function<int()>& body) { return WaitFor(cgroup.Start(body)); };
  EXPECT_EQ(inside([] { return TryOpen("/dev/null", O_RDWR); }), 0);
  EXPECT_EQ(inside([] { return TryOpen("/dev/zero", O_RDONLY); }), 0);
  EXPECT_EQ(inside([] { return TryOpen("/dev/zero", O_RDWR); }), EPERM);
  EXPECT_EQ(inside([] { return TryOpen("/dev/full", O_RDONLY); }), EPERM);
  EXPECT_EQ(inside([&] { return TryMknod(directory.path(), 3); }), 0);
  EXPECT_EQ(inside([&] { return TryMknod(directory.path(), 7); }), EPERM);
}

std::vector<DeviceRule> OnlyNull() {
  return {{true, 'c', 1, 3, "rwm"}, {true, 'c', 1, 5, "r"}};
}

KERNEL_TEST(DeviceRules, AreInForceOnThisNode) {
  const TestCgroup cgroup(NodeHierarchies());
  ASSERT_THAT(cgroup->ApplyDevices(OnlyNull()), IsOk());
  ExpectOnlyNull(cgroup);
}

KERNEL_TEST(DeviceRules, EverythingMayBeAllowed) {
  const TestCgroup cgroup(NodeHierarchies());
  ASSERT_THAT(cgroup->ApplyDevices({{true}}), IsOk());
  EXPECT_EQ(WaitFor(cgroup.Start([] { return TryOpen("/dev/full", O_RDWR); })), 0);
}

KERNEL_TEST(DeviceFilter, IsInForceOnCgroup2) {
  if (NodeHierarchies().unified.empty()) {
    GTEST_SKIP() << "the node has no cgroup2";
  }
  const TestCgroup cgroup(OnlyUnified());
  ASSERT_THAT(cgroup->ApplyDevices(OnlyNull()), IsOk());
  ExpectOnlyNull(cgroup);
}

KERNEL_TEST(DeviceFilter, ReplacesTheEarlierOne) {
  if (NodeHierarchies().unified.empty()) {
    GTEST_SKIP() << "the node has no cgroup2";
  }
  const TestCgroup cgroup(OnlyUnified());
  ASSERT_THAT(cgroup->ApplyDevices({}), IsOk());
  EXPECT_EQ(WaitFor(cgroup.Start([] { return TryOpen("/dev/null", O_RDONLY); })), EPERM);
  ASSERT_THAT(cgroup->ApplyDevices(OnlyNull()), IsOk());
  ASSERT_THAT(cgroup->ApplyDevices(OnlyNull()), IsOk());
  ExpectOnlyNull(cgroup);
  const sys::ErrnoOr<sys::Fd> directory =
      sys::OpenAt(AT_FDCWD, cgroup->directories().front().c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_TRUE(directory.ok());
  std::array<uint32_t, sys::kMaxAttachedPrograms> ids = {};
  EXPECT_THAT(sys::FindDevicePrograms(directory->get(), ids), test::IsOkAndHolds(1u));
}

KERNEL_TEST(DeviceFilter, TheKernelTakesTheLargestOne) {
  if (NodeHierarchies().unified.empty()) {
    GTEST_SKIP() << "the node has no cgroup2";
  }
  const TestCgroup cgroup(OnlyUnified());
  std::vector<DeviceRule> rules;
  for (uint32_t i = 0; i < kMaxDeviceRules; ++i) {
    rules.push_back({true, i % 2 == 0 ? 'b' : 'c', i, i + 1, "rw"});
  }
  EXPECT_THAT(cgroup->ApplyDevices(rules), IsOk());
}

}  // namespace
}  // namespace berth::runtime
