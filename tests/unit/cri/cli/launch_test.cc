// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/launch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/cli/fake_daemon.h"

namespace berth::cli {
namespace {

using testing::ElementsAre;

RunOptions Web() {
  RunOptions options;
  options.name = "web";
  options.image = "nginx";
  return options;
}

absl::StatusOr<RunPlan> Plan(const FakeDaemon& daemon, const RunOptions& options) {
  const Client client = daemon.Connect();
  return PlanRun(client, client.List().value(), options);
}

TEST(PlanRun, ChoosesANameAndAPlaceForLogs) {
  FakeDaemon daemon;
  RunOptions options = Web();
  options.name.clear();
  const absl::StatusOr<RunPlan> plan = Plan(daemon, options);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::string& name = plan->pod.metadata().name();
  EXPECT_THAT(name, testing::MatchesRegex("[a-z]+-[a-z]+-[0-9a-f][0-9a-f]"));  // a host's, too
  EXPECT_NE(name, Plan(daemon, options)->pod.metadata().name());
  EXPECT_EQ(plan->pod.metadata().name(), plan->container.metadata().name());
  EXPECT_THAT(plan->pod.log_directory(), testing::StartsWith("/var/log/berth/"));
}

TEST(PlanRun, RefusesANameThatDockerHasNoneOf) {
  const FakeDaemon daemon;
  RunOptions options = Web();
  for (const char* name : {"bad name", "a/b", "-x"}) {
    options.name = name;
    const absl::Status refused = Plan(daemon, options).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << name;
    EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("only [a-zA-Z0-9]")) << name;
  }
}

TEST(PlanRun, RefusesANameInUse) {
  FakeDaemon daemon;
  daemon.AddPod("p1", "web", true);
  EXPECT_TRUE(absl::IsAlreadyExists(Plan(daemon, Web()).status()));
}

TEST(PlanRun, RefusesANameThatSeveralHave) {
  FakeDaemon daemon;
  daemon.AddPod("p1", "web", true);
  daemon.AddPod("p2", "web", true);
  EXPECT_TRUE(absl::IsAlreadyExists(Plan(daemon, Web()).status()));
}

TEST(PlanRun, TakesANameThatIdsBeginWith) {
  FakeDaemon daemon;
  daemon.AddPod("webabc", "other", true);
  EXPECT_TRUE(Plan(daemon, Web()).ok());
  daemon.AddPod("webdef", "another", true);
  EXPECT_TRUE(Plan(daemon, Web()).ok());
}

TEST(PlanRun, LeavesThePodsOwnOptionsToThePod) {
  FakeDaemon daemon;
  RunOptions options = Web();
  options.pod = "shop";
  options.ports = {"80:80"};
  EXPECT_TRUE(absl::IsInvalidArgument(Plan(daemon, options).status()));
}

absl::Status Start(const Target& /*made*/, const std::function<absl::Status()>& start) {
  return start();
}

TEST(Launch, MakesAPodAndStartsItsContainer) {
  FakeDaemon daemon;
  const Client client = daemon.Connect();
  const absl::StatusOr<Target> target = Launch(client, Plan(daemon, Web()).value(), Start);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->id, "new");
  EXPECT_THAT(daemon.Calls(), ElementsAre("run pod web", "create in new-pod", "start new"));
}

TEST(Launch, LeavesNothingWhenTheContainerDoesNotStart) {
  FakeDaemon daemon;
  daemon.start_result = {grpc::StatusCode::INTERNAL, "execute: No such file or directory"};
  const Client client = daemon.Connect();
  const absl::Status status = Launch(client, Plan(daemon, Web()).value(), Start).status();
  EXPECT_EQ(StartFailureCode(status.message()), 127);
  EXPECT_THAT(daemon.Calls(), ElementsAre("run pod web", "create in new-pod", "start new",
                                          "stop pod new-pod", "remove pod new-pod"));
}

TEST(StartFailureCode, IsDockers) {
  EXPECT_EQ(StartFailureCode("starting the container: execute: No such file or directory"), 127);
  EXPECT_EQ(StartFailureCode("starting the container: execute: Permission denied"), 126);
  EXPECT_EQ(StartFailureCode("starting the container: execute: Exec format error"), 126);
  EXPECT_EQ(StartFailureCode("starting the container: mount /x: No such file or directory"), 125);
  EXPECT_EQ(StartFailureCode("making the pod: no network"), 125);
  const std::string engine = "failed to create task for container: exec: ";
  EXPECT_EQ(StartFailureCode(engine + "\"x\": executable file not found in $PATH"), 127);
  EXPECT_EQ(StartFailureCode(engine + "\"/etc\": permission denied"), 126);
}

}  // namespace
}  // namespace berth::cli
