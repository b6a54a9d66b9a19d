// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/exec_planner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

absl::StatusOr<std::string> ReadUsers(absl::string_view path, size_t) {
  return path == "/etc/passwd" ? absl::StatusOr<std::string>("app:x:7:8::/home/app:/bin/sh\n")
                               : absl::NotFoundError(path);
}

absl::StatusOr<ExecPlan> Plan(const ProcessPlan& container, const ExecCommand& command,
                              bool terminal = false) {
  return PlanExec("id", container, command, terminal, ReadUsers, /*available=*/0xff);
}

TEST(ExecPlanner, IsTheContainersProcessWithAnotherCommand) {
  ProcessPlan container;
  container.arguments = {"/server"};
  container.environment = {"A=1"};
  container.uid = 1000;
  container.groups = {1000, 5};
  container.capabilities.bounding = 7;
  container.no_new_privileges = true;
  container.seccomp_program = "filter";
  container.terminal = true;
  ASSERT_OK_AND_ASSIGN(const ExecPlan plan, Plan(container, {.arguments = {"sh", "-c", ""}}));
  EXPECT_EQ(plan.container_id, "id");
  EXPECT_THAT(plan.process.arguments, ::testing::ElementsAre("sh", "-c", ""));
  EXPECT_EQ(plan.process.environment, container.environment);
  EXPECT_EQ(plan.process.uid, 1000u);
  EXPECT_EQ(plan.process.groups, container.groups);
  EXPECT_EQ(plan.process.capabilities.bounding, 7u);
  EXPECT_TRUE(plan.process.no_new_privileges);
  EXPECT_EQ(plan.process.seccomp_program, "filter");
  EXPECT_FALSE(plan.process.terminal);
}

TEST(ExecPlanner, ATerminalHasAName) {
  ProcessPlan container;
  container.environment = {"A=1"};
  ASSERT_OK_AND_ASSIGN(ExecPlan plan, Plan(container, {.arguments = {"sh"}}, true));
  EXPECT_THAT(plan.process.environment, ::testing::ElementsAre("A=1", "TERM=xterm"));
  container.environment = {"TERM=vt100"};
  ASSERT_OK_AND_ASSIGN(plan, Plan(container, {.arguments = {"sh"}}, true));
  EXPECT_THAT(plan.process.environment, ::testing::ElementsAre("TERM=vt100"));
}

TEST(ExecPlanner, TheCommandMayHaveMoreOfItsOwn) {
  ProcessPlan container;
  container.environment = {"A=1", "HOME=/root", "B=2"};
  container.seccomp_program = "filter";
  container.no_new_privileges = true;
  ASSERT_OK_AND_ASSIGN(const ExecPlan plan, Plan(container, {.arguments = {"sh"},
                                                             .environment = {"A=3"},
                                                             .working_directory = "/w",
                                                             .user = "app",
                                                             .privileged = true}));
  EXPECT_THAT(plan.process.environment, ::testing::ElementsAre("B=2", "HOME=/home/app", "A=3"));
  EXPECT_EQ(plan.process.working_directory, "/w");
  EXPECT_EQ(plan.process.uid, 7u);
  EXPECT_EQ(plan.process.gid, 8u);
  EXPECT_EQ(plan.process.capabilities.bounding, 0xffu);
  EXPECT_EQ(plan.process.seccomp_program, "");
  EXPECT_FALSE(plan.process.no_new_privileges);
}

TEST(ExecPlanner, RefusesWhatIsNoCommand) {
  const std::vector<std::string> with_nul = {"a", std::string("\0", 1)};
  for (const std::vector<std::string>& command :
       {std::vector<std::string>(), std::vector<std::string>{""}, with_nul}) {
    EXPECT_THAT(Plan({}, {.arguments = command}),
                test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
  for (const ExecCommand& command : {ExecCommand{.arguments = {"sh"}, .user = "nobody-there"},
                                     ExecCommand{.arguments = {"sh"}, .working_directory = "w"}}) {
    EXPECT_THAT(Plan({}, command), test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace berth::runtime
