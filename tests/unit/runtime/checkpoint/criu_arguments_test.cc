// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/criu_arguments.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SavedContainer Saved() {
  SavedContainer saved;
  saved.streams = {"file[1a:3]", "pipe:[12]", "file[1a:3]"};
  saved.mounts = {{"/etc/hosts", "/etc/hosts"}, {"/proc/keys", ""}};
  return saved;
}

TEST(CriuArguments, ADumpLeavesTheContainerRunningAndThePodAlone) {
  const std::string line = absl::StrJoin(
      DumpArguments(
          "/usr/sbin/criu",
          {.pid = 42, .directory = "/w", .freezer = "/sys/fs/cgroup/freezer/c", .network = "4026"},
          Saved()),
      " ");
  EXPECT_EQ(line,
            "/usr/sbin/criu dump --tree 42 --images-dir /w/checkpoint --work-dir /w "
            "--log-file dump.log -v2 --leave-running --file-locks --manage-cgroups=ignore "
            "--root /proc/42/root --freeze-cgroup /sys/fs/cgroup/freezer/c "
            "--external net[4026]:berth-net --external mnt[/etc/hosts]:/etc/hosts "
            "--external mnt[/proc/keys]:/proc/keys --external file[1a:3]");
}

TEST(CriuArguments, WhatIsTheNodesIsNotNamed) {
  const std::string line =
      absl::StrJoin(DumpArguments("/criu", {.pid = 1, .directory = "/w"}, {}), " ");
  EXPECT_THAT(line, Not(HasSubstr("--external")));
  EXPECT_THAT(line, Not(HasSubstr("--freeze-cgroup")));
}

TEST(CriuErrors, AreTheLastOnesWithoutTheirPlaces) {
  constexpr char kLog[] =
      "(00.085) Warn  (criu/kerndat.c:1642): built without\n"
      "(00.100) Error (criu/a.c:1): one\n"
      "(00.101) Error (criu/a.c:1): two\n"
      "(00.285) Error (criu/files-reg.c:1790): Can't lookup mount=24 for fd=0 path=/dev/null\n"
      "(00.286) Error (criu/cr-dump.c:1698): Dump files (pid: 8405) failed with -1\n"
      "(00.409) Error (criu/cr-dump.c:2128): Dumping FAILED.\n";
  EXPECT_EQ(CriuErrors(kLog),
            "two; Can't lookup mount=24 for fd=0 path=/dev/null; Dump files (pid: 8405) failed "
            "with -1; Dumping FAILED.");
  EXPECT_EQ(CriuErrors("nothing"), "");
  EXPECT_LE(CriuErrors(absl::StrCat("Error (x:1): ", std::string(100'000, 'x'))).size(), 800u);
}

TEST(CriuErrors, TellAKernelThatItCannotWorkOn) {
  constexpr char kOld[] =
      "Error (criu/vdso.c:381): vdso: Unexpected rt vDSO area bounds\n"
      "Error (criu/crtools.c:260): Could not initialize kernel features detection.\n";
  EXPECT_TRUE(LacksKernel(kOld));
  EXPECT_THAT(CriuErrors(kOld), HasSubstr("Unexpected rt vDSO area bounds"));
  EXPECT_FALSE(LacksKernel("Error (criu/cr-dump.c:2128): Dumping FAILED."));
}

}  // namespace
}  // namespace berth::runtime
