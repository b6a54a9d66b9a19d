// SPDX-License-Identifier: Apache-2.0
#include "base/sys/credentials.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;
using ::testing::ElementsAre;

constexpr uint64_t kChown = 1 << 0;
constexpr uint64_t kSetPcap = 1 << 8;

// A line of /proc/self/status.
std::string Status(const std::string& field) {
  ErrnoOr<Fd> file = OpenAt(AT_FDCWD, "/proc/self/status", O_RDONLY);
  char buffer[8192];
  ErrnoOr<size_t> size = ReadFull(file->get(), buffer);
  for (absl::string_view line : absl::StrSplit(absl::string_view(buffer, *size), '\n')) {
    std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(":\t", 1));
    if (parts.first == field) {
      return parts.second;
    }
  }
  return "none";
}

KERNEL_TEST(Credentials, AreExactlyThoseSet) {
  const uint32_t groups[] = {5, 1000};
  ASSERT_THAT(SetGroups(groups), IsOk());
  ASSERT_THAT(SetGroupId(1000), IsOk());
  ASSERT_THAT(SetUserId(2000), IsOk());
  uid_t ids[3];
  gid_t gids[3];
  ASSERT_EQ(getresuid(&ids[0], &ids[1], &ids[2]), 0);
  ASSERT_EQ(getresgid(&gids[0], &gids[1], &gids[2]), 0);
  EXPECT_THAT(ids, ElementsAre(2000u, 2000u, 2000u));
  EXPECT_THAT(gids, ElementsAre(1000u, 1000u, 1000u));
  std::vector<gid_t> got(8);
  got.resize(static_cast<size_t>(getgroups(8, got.data())));
  EXPECT_THAT(got, ElementsAre(5u, 1000u));
  EXPECT_THAT(SetUserId(0), ErrnoIs(EPERM));
  EXPECT_THAT(SetGroups({}), ErrnoIs(EPERM));
}

KERNEL_TEST(Capabilities, SurviveTheChangeOfUserOnlyWhenKept) {
  ASSERT_THAT(KeepCapabilities(true), IsOk());
  ASSERT_THAT(SetUserId(2000), IsOk());
  EXPECT_NE(Status("CapPrm"), "0000000000000000");
  EXPECT_EQ(Status("CapEff"), "0000000000000000");
  ASSERT_THAT(SetCapabilities(kChown, kChown | kSetPcap, kChown), IsOk());
  EXPECT_EQ(Status("CapEff"), "0000000000000001");
  EXPECT_EQ(Status("CapPrm"), "0000000000000101");
  EXPECT_EQ(Status("CapInh"), "0000000000000001");
  ASSERT_THAT(SetAmbientCapabilities(kChown), IsOk());
  EXPECT_EQ(Status("CapAmb"), "0000000000000001");
  EXPECT_THAT(SetAmbientCapabilities(kSetPcap), ErrnoIs(EPERM));  // not inheritable
  EXPECT_EQ(Status("CapAmb"), "0000000000000000");
  EXPECT_THAT(SetCapabilities(0, ~uint64_t{0}, 0), ErrnoIs(EPERM));
}

KERNEL_TEST(Capabilities, LeaveTheBoundingSetForGood) {
  ASSERT_THAT(LimitBoundingSet(kChown), IsOk());
  EXPECT_EQ(Status("CapBnd"), "0000000000000001");
  ASSERT_THAT(SetCapabilities(0, 0, 0), IsOk());
  EXPECT_THAT(LimitBoundingSet(0), ErrnoIs(EPERM));
}

std::string RefuseMkdir() {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return std::string(reinterpret_cast<const char*>(program), sizeof(program));
}

KERNEL_TEST(Seccomp, NeedsPrivilegeOrNoNewOnes) {
  ASSERT_THAT(SetUserId(2000), IsOk());
  EXPECT_THAT(LoadSeccompFilter(RefuseMkdir(), 0), ErrnoIs(EACCES));
  ASSERT_THAT(SetNoNewPrivileges(), IsOk());
  EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  ASSERT_THAT(LoadSeccompFilter(RefuseMkdir(), 0), IsOk());
  EXPECT_THAT(EnsureDirectory(AT_FDCWD, "/tmp/never", 0700), ErrnoIs(EXDEV));
}

KERNEL_TEST(Seccomp, RefusesWhatIsNoProgram) {
  EXPECT_THAT(LoadSeccompFilter(std::string(7, 'x'), 0), ErrnoIs(EINVAL));
  EXPECT_THAT(LoadSeccompFilter(std::string(8 * 65536, '\0'), 0), ErrnoIs(EINVAL));
  EXPECT_THAT(LoadSeccompFilter(std::string(8, '\xff'), 0), ErrnoIs(EINVAL));
}

}  // namespace
}  // namespace berth::sys
