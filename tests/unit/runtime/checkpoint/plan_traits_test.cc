// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/plan_traits.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

LaunchPlan Plan() {
  LaunchPlan plan;
  plan.process.uid = 1000;
  plan.process.capabilities.bounding = 0xa80425fb;
  plan.process.seccomp_program = "filter";
  MountPlan volume;
  volume.source = "/var/lib/kubelet/pods/1/volumes/v";
  volume.destination = "/data";
  MountPlan proc;
  proc.kind = MountKind::kFilesystem;
  proc.source = "proc";
  proc.destination = "/proc";
  plan.mounts = {proc, volume};
  plan.masked_paths = {"/proc/keys"};
  return plan;
}

TEST(PlanTraits, WhatALaterRequestChoosesIsNoneOfThem) {
  LaunchPlan other = Plan();
  other.container_id = "another";
  other.log_path = "/var/log/other";
  other.cgroup_directories = {"/sys/fs/cgroup/other"};
  other.root.upper = "/other";
  other.mounts[1].source = "/var/lib/kubelet/pods/2/volumes/v";
  other.process.arguments = {"other"};
  other.process.environment = {"A=b"};
  other.process.oom_score_adj = 900;
  EXPECT_THAT(CheckTraits(TraitsOf(Plan()), TraitsOf(other)), IsOk());
}

TEST(PlanTraits, NoPrivilegeComesWithACheckpoint) {
  const struct {
    const char* name;
    std::function<void(LaunchPlan&)> change;
  } kCases[] = {
      {"user", [](LaunchPlan& plan) { plan.process.uid = 0; }},
      {"user", [](LaunchPlan& plan) { plan.process.gid = 6; }},
      {"user", [](LaunchPlan& plan) { plan.process.groups = {6}; }},
      {"capabilities", [](LaunchPlan& plan) { plan.process.capabilities.bounding = ~0ULL; }},
      {"capabilities", [](LaunchPlan& plan) { plan.process.capabilities.ambient = 1; }},
      {"no_new_privs", [](LaunchPlan& plan) { plan.process.no_new_privileges = true; }},
      {"resource limits",
       [](LaunchPlan& plan) {
         plan.process.rlimits = {{7, 1, 2}};
       }},
      {"seccomp filter", [](LaunchPlan& plan) { plan.process.seccomp_program.clear(); }},
      {"seccomp filter", [](LaunchPlan& plan) { plan.process.seccomp_flags = 2; }},
      {"AppArmor profile", [](LaunchPlan& plan) { plan.process.apparmor_profile = "x"; }},
      {"SELinux label", [](LaunchPlan& plan) { plan.process.selinux_label = "x"; }},
      {"read-only root", [](LaunchPlan& plan) { plan.root.read_only = true; }},
      {"masked paths", [](LaunchPlan& plan) { plan.masked_paths.clear(); }},
      {"read-only paths", [](LaunchPlan& plan) { plan.read_only_paths = {"/proc/sys"}; }},
      {"mounts", [](LaunchPlan& plan) { plan.mounts.pop_back(); }},
      {"mounts", [](LaunchPlan& plan) { plan.mounts[1].attributes = 1; }},
      {"mounts", [](LaunchPlan& plan) { plan.mounts[0].source = "sysfs"; }},
      {"devices", [](LaunchPlan& plan) { plan.devices.emplace_back().path = "/dev/sda"; }},
      {"cgroup namespace", [](LaunchPlan& plan) { plan.cgroup_namespace = false; }},
  };
  for (const auto& c : kCases) {
    LaunchPlan saved = Plan();
    c.change(saved);
    EXPECT_THAT(CheckTraits(TraitsOf(saved), TraitsOf(Plan())),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(c.name)));
    EXPECT_THAT(CheckTraits(TraitsOf(Plan()), TraitsOf(saved)),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(c.name)));
  }
  EXPECT_THAT(CheckTraits({}, TraitsOf(Plan())), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(PlanTraits, OfManyTheOneThatDiffersIsShown) {
  LaunchPlan other = Plan();
  other.mounts.insert(other.mounts.begin() + 1, Plan().mounts[0]);
  other.mounts[1].destination = "/data/proc";
  const auto difference = [](const LaunchPlan& saved, const LaunchPlan& requested) {
    return std::string(CheckTraits(TraitsOf(saved), TraitsOf(requested)).message());
  };
  EXPECT_THAT(difference(Plan(), other), HasSubstr("differ in mounts: /data - "));
  EXPECT_THAT(difference(Plan(), other), HasSubstr(" and /data/proc proc "));
  other = Plan();
  other.mounts.pop_back();
  EXPECT_THAT(difference(other, Plan()), HasSubstr("differ in mounts: nothing and /data - "));
  other = Plan();
  other.masked_paths.emplace_back("/proc/acpi");
  EXPECT_THAT(difference(other, Plan()), ::testing::EndsWith(": /proc/acpi and nothing"));
}

// Each pod has a level of its own, so that this is what a request differs in first.
TEST(PlanTraits, ALevelThatIsMissingIsNamed) {
  LaunchPlan saved = Plan();
  saved.process.selinux_label = "system_u:system_r:container_t:s0:c1,c2";
  LaunchPlan requested = Plan();
  requested.process.selinux_label = "system_u:system_r:container_t:s0:c3,c4";
  EXPECT_THAT(CheckTraits(TraitsOf(saved), TraitsOf(requested)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("container_t:s0:c3,c4; the saved level, which its "
                                 "selinux_options may name, is s0:c1,c2")));
  saved.process.selinux_label.clear();  // of a node without SELinux
  EXPECT_THAT(CheckTraits(TraitsOf(saved), TraitsOf(requested)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(": nothing and system_u"), Not(HasSubstr("saved level")))));
}

TEST(PlanTraits, WhatCannotBeSavedIsNamed) {
  EXPECT_THAT(CheckCanBeSaved(Plan()), IsOk());
  LaunchPlan terminal = Plan();
  terminal.process.terminal = true;
  EXPECT_THAT(CheckCanBeSaved(terminal),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("terminal")));
  LaunchPlan other = Plan();
  other.program.pid_file = "/run/pid";
  EXPECT_THAT(CheckCanBeSaved(other),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("runtime handler")));
  LaunchPlan hooked = Plan();
  hooked.hooks.emplace_back();
  EXPECT_THAT(CheckCanBeSaved(hooked),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("hooks")));
  LaunchPlan shared = Plan();
  shared.pid_namespace = PidNamespace::kPod;
  EXPECT_THAT(CheckCanBeSaved(shared),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("PID namespace")));
}

}  // namespace
}  // namespace berth::runtime
