// SPDX-License-Identifier: Apache-2.0
#include "base/sys/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/process.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"

namespace berth::sys {
namespace {

// Where cgroup2 is mounted, alone or beside version 1.
std::string Unified() {
  return IsUnifiedCgroup("/sys/fs/cgroup") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
}

KERNEL_TEST(Cgroup, OnlyOneOfTheUnifiedHierarchyIsABirthplace) {
  EXPECT_FALSE(IsUnifiedCgroup("/proc"));
  EXPECT_FALSE(IsUnifiedCgroup("/no/such/directory"));
  EXPECT_FALSE(OpenBirthplace("/tmp")->is_open());
  ASSERT_TRUE(IsUnifiedCgroup(Unified().c_str()));
  EXPECT_TRUE(OpenBirthplace(Unified().c_str())->is_open());
}

KERNEL_TEST(Cgroup, AProcessIsBornIntoIt) {
  const std::string directory = Unified() + "/berth-birth-test";
  ASSERT_EQ(mkdir(directory.c_str(), 0755), 0);
  {
    ErrnoOr<Fd> birthplace = OpenBirthplace(directory.c_str());
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    Fd reader(ends[0]);
    Fd writer(ends[1]);
    char name[] = "cat";
    char file[] = "/proc/self/cgroup";
    char* const arguments[] = {name, file, nullptr};
    char* const environment[] = {nullptr};
    const FdMapping output[] = {{writer.get(), STDOUT_FILENO}};
    SpawnRequest request;
    request.path = "/bin/cat";
    request.arguments = arguments;
    request.environment = environment;
    request.descriptors = output;
    request.cgroup = birthplace->get();
    ErrnoOr<Process> process = SpawnProcess(request);
    ASSERT_TRUE(process.ok());
    writer = Fd();
    char buffer[4096];
    ErrnoOr<size_t> size = ReadFull(reader.get(), buffer);
    ASSERT_TRUE(size.ok());
    EXPECT_NE(std::string(buffer, *size).find("0::/berth-birth-test\n"), std::string::npos);
  }
  EXPECT_EQ(rmdir(directory.c_str()), 0);
}

}  // namespace
}  // namespace berth::sys
