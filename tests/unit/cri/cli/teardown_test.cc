// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/teardown.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/cli/fake_daemon.h"

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TeardownTest : public testing::Test {
 protected:
  TeardownTest() { setenv("BERTH_LOG_DIR", logs_.path().c_str(), 1); }
  ~TeardownTest() override { unsetenv("BERTH_LOG_DIR"); }

  absl::Status Stop(const std::string& name, std::optional<TargetKind> kind = std::nullopt) {
    const Client client = daemon_.Connect();
    const Inventory inventory = client.List().value();
    return StopTarget(client, inventory, FindTarget(inventory, name, kind).value(),
                      absl::Seconds(3));
  }
  absl::Status Remove(const std::string& name, bool force,
                      std::optional<TargetKind> kind = std::nullopt) {
    const Client client = daemon_.Connect();
    const Inventory inventory = client.List().value();
    return RemoveTarget(client, inventory, FindTarget(inventory, name, kind).value(), force);
  }

  test::TempDir logs_;
  FakeDaemon daemon_;
};

TEST_F(TeardownTest, StopsThePodOfRunWithItsLastContainer) {
  daemon_.AddPod("p1", "web", true);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  EXPECT_TRUE(Stop("web").ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("stop c1 3", "stop pod p1"));
}

TEST_F(TeardownTest, LeavesAPodWhereOthersRun) {
  daemon_.AddPod("p1", "web", true);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  daemon_.AddContainer("c2", "p1", "client", v1::CONTAINER_RUNNING);
  EXPECT_TRUE(Stop("web").ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("stop c1 3"));
}

TEST_F(TeardownTest, LeavesThePodsOfOtherClients) {
  daemon_.AddPod("p1", "web", false);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  EXPECT_TRUE(Stop("web").ok());
  EXPECT_TRUE(Remove("web", false).ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("stop c1 3", "remove c1"));
}

TEST_F(TeardownTest, StopsEachContainerOfAPodWithTheGrace) {
  daemon_.AddPod("p1", "web", false);
  daemon_.AddContainer("c1", "p1", "a", v1::CONTAINER_RUNNING);
  daemon_.AddContainer("c2", "p1", "b", v1::CONTAINER_EXITED);
  EXPECT_TRUE(Stop("web", TargetKind::kPod).ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("stop c1 3", "stop pod p1"));
}

TEST_F(TeardownTest, RefusesToRemoveWhatRuns) {
  daemon_.AddPod("p1", "web", true);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  EXPECT_TRUE(absl::IsFailedPrecondition(Remove("web", false)));
  EXPECT_THAT(daemon_.Calls(), IsEmpty());
  EXPECT_TRUE(Remove("web", true).ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("stop pod p1", "remove pod p1"));
}

TEST_F(TeardownTest, RemovesOneOfSeveralContainersAlone) {
  daemon_.AddPod("p1", "web", true);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  daemon_.AddContainer("c2", "p1", "client", v1::CONTAINER_EXITED);
  EXPECT_TRUE(Remove("client", false).ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("remove c2"));
}

// Each of several removals at once knows the others' containers still.
TEST_F(TeardownTest, RemovesThePodWithWhatTurnsOutToBeItsLast) {
  daemon_.AddPod("p1", "web", true);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  daemon_.AddContainer("c2", "p1", "client", v1::CONTAINER_EXITED);
  const Client client = daemon_.Connect();
  const Inventory before = client.List().value();
  daemon_.DropContainer("c1");
  EXPECT_TRUE(
      RemoveTarget(client, before, FindTarget(before, "client", std::nullopt).value(), false).ok());
  EXPECT_THAT(daemon_.Calls(), ElementsAre("remove c2", "stop pod p1", "remove pod p1"));
}

TEST_F(TeardownTest, TakesTheLogsOfRunAway) {
  const std::filesystem::path pod = std::filesystem::path(logs_.path()) / "web_1";
  std::filesystem::create_directories(pod / "web");
  std::ofstream(pod / "web/0.log") << "t stdout F x\n";
  daemon_.log_path = (pod / "web/0.log").string();
  daemon_.AddPod("p1", "web", true);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  EXPECT_TRUE(Remove("web", false).ok());
  EXPECT_FALSE(std::filesystem::exists(pod));
}

TEST_F(TeardownTest, LeavesTheLogsOfOtherClients) {
  test::TempDir elsewhere;
  const std::filesystem::path log = std::filesystem::path(elsewhere.path()) / "web/0.log";
  std::filesystem::create_directories(log.parent_path());
  std::ofstream(log) << "t stdout F x\n";
  daemon_.log_path = log.string();
  daemon_.AddPod("p1", "web", false);
  daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  EXPECT_TRUE(Remove("web", false).ok());
  EXPECT_TRUE(std::filesystem::exists(log));
}

}  // namespace
}  // namespace berth::cli
