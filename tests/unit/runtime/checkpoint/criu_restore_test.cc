// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/criu_restore.h"

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

LaunchPlan Plan() {
  LaunchPlan plan;
  plan.cgroup_directories = {"/sys/fs/cgroup/c"};
  for (const char* destination : {"/proc", "/etc/hosts", "/var/run/secrets"}) {
    plan.mounts.emplace_back().destination = destination;
  }
  return plan;
}

SavedContainer Saved() {
  SavedContainer saved;
  saved.streams = {"file[1a:3]", "pipe:[12]", ""};
  saved.mounts = {
      {"/run/secrets", "/var/run/secrets"}, {"/etc/hosts", "/etc/hosts"}, {"/proc/keys", ""}};
  return saved;
}

std::string Line(const ProgramPlan& program) {
  return absl::StrJoin(program.arguments, " ");
}

TEST(PlanRestore, MountsAreTheNewRequests) {
  const ProgramPlan program = PlanRestore("/criu", "/restores/c", "/pod/root", Saved(), Plan());
  const std::string line = Line(program);
  EXPECT_THAT(line, HasSubstr("--external mnt[/run/secrets]:/pod/root/mounts/2 "));
  EXPECT_THAT(line, HasSubstr("--external mnt[/etc/hosts]:/pod/root/mounts/1 "));
  EXPECT_THAT(line, HasSubstr("--external mnt[/proc/keys]:/dev/null"));
  EXPECT_THAT(line, HasSubstr("--root /pod/root/rootfs"));
}

TEST(PlanRestore, TheProcessIsTheShimsChildInItsCgroupsWithItsStreams) {
  const ProgramPlan program = PlanRestore("/criu", "/restores/c", "/pod/root", Saved(), Plan());
  EXPECT_EQ(program.directory, "/restores/c");
  EXPECT_EQ(program.pid_file, "/restores/c/pid");
  EXPECT_EQ(program.cgroup_directories, Plan().cgroup_directories);
  const std::string line = Line(program);
  EXPECT_THAT(line, HasSubstr("/usr/bin/unshare --cgroup /bin/sh -c exec "));
  EXPECT_THAT(line, HasSubstr(" /criu restore --images-dir /restores/c/checkpoint "));
  EXPECT_THAT(line, HasSubstr("--restore-detached --restore-sibling --pidfile /restores/c/pid"));
  EXPECT_THAT(line, HasSubstr("exec \"$0\" \"$@\" --join-ns ipc:/proc/$PPID/ns/ipc "
                              "--join-ns uts:/proc/$PPID/ns/uts 3</proc/self/ns/net"));
  EXPECT_THAT(line, HasSubstr("--inherit-fd fd[3]:berth-net"));
  EXPECT_THAT(line, HasSubstr("--inherit-fd fd[4]:file[1a:3] --inherit-fd fd[5]:pipe:[12] "));
  EXPECT_THAT(line, Not(HasSubstr("fd[6]:")));
}

TEST(PlanRestore, WhatIsTheNodesStaysTheNodes) {
  LaunchPlan plan = Plan();
  plan.cgroup_namespace = false;
  SavedContainer saved;
  saved.own_network = saved.own_ipc = saved.own_uts = false;
  const ProgramPlan program = PlanRestore("/criu", "/r", "/pod/root", saved, plan);
  EXPECT_EQ(program.arguments.front(), "/bin/sh");
  EXPECT_THAT(Line(program), Not(HasSubstr("join-ns")));
  EXPECT_THAT(Line(program), Not(HasSubstr("berth-net")));
}

}  // namespace
}  // namespace berth::runtime
