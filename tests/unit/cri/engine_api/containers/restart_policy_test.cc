// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/restart_policy.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

EngineContainerRecord Ended(const char* policy, int32_t code, int64_t restarts = 0) {
  EngineContainerRecord record;
  record.host_config = {{"RestartPolicy", {{"Name", policy}, {"MaximumRetryCount", 0}}}};
  if (record.host_config["RestartPolicy"]["Name"] == "on-failure") {
    record.host_config["RestartPolicy"]["MaximumRetryCount"] = 2;
  }
  record.state.exit_code = code;
  record.state.restart_count = restarts;
  return record;
}

TEST(RestartPolicy, SaysWhoStartsAgain) {
  EXPECT_FALSE(ShouldRestart(Ended("no", 1)));
  EXPECT_TRUE(ShouldRestart(Ended("always", 0)));
  EXPECT_TRUE(ShouldRestart(Ended("unless-stopped", 0)));
  EXPECT_FALSE(ShouldRestart(Ended("on-failure", 0)));
  EXPECT_TRUE(ShouldRestart(Ended("on-failure", 1, 1)));
  EXPECT_FALSE(ShouldRestart(Ended("on-failure", 1, 2)));
  EngineContainerRecord stopped = Ended("always", 0);
  stopped.state.stopped_by_user = true;
  EXPECT_FALSE(ShouldRestart(stopped));
}

TEST(RestartPolicy, PausesGrowUntilItRunsForAWhile) {
  EXPECT_EQ(RestartPause(Ended("always", 1)), absl::Milliseconds(100));
  EXPECT_EQ(RestartPause(Ended("always", 1, 2)), absl::Milliseconds(400));
  EXPECT_EQ(RestartPause(Ended("always", 1, 50)), absl::Minutes(1));
  EngineContainerRecord long_run = Ended("always", 1, 50);
  long_run.state.finished_at = absl::ToInt64Nanoseconds(absl::Seconds(20));
  EXPECT_EQ(RestartPause(long_run), absl::Milliseconds(100));
  long_run.state.error = "could not be started since";
  EXPECT_EQ(RestartPause(long_run), absl::Minutes(1));
}

TEST(RestartPolicy, AlwaysMeansWithTheDaemonToo) {
  EngineContainerRecord record;
  record.state.status = EngineStatus::kExited;
  record.state.started_at = 1;
  record.state.stopped_by_user = true;
  record.host_config = {{"RestartPolicy", {{"Name", "always"}}}};
  EXPECT_TRUE(StartsWithDaemon(record));
  record.host_config = {{"RestartPolicy", {{"Name", "unless-stopped"}}}};
  EXPECT_FALSE(StartsWithDaemon(record));
  record.state.stopped_by_user = false;
  EXPECT_TRUE(StartsWithDaemon(record));
  record.host_config = {{"RestartPolicy", {{"Name", "on-failure"}}}};
  EXPECT_FALSE(StartsWithDaemon(record));
  record.host_config = {{"RestartPolicy", {{"Name", "always"}}}};
  record.state.started_at = 0;
  EXPECT_FALSE(StartsWithDaemon(record));  // it was only created
}

TEST(RestartPolicy, OthersThatAreNeededAreNamed) {
  EngineContainerRecord record;
  record.host_config = {{"Links", {"db:store"}},
                        {"PidMode", "container:c1"},
                        {"IpcMode", "container:c2"},
                        {"UTSMode", "host"}};
  EXPECT_EQ(StartsAfter(record), (std::vector<std::string>{"db", "c1", "c2"}));
  record.host_config["NetworkMode"] = "container:c3";
  EXPECT_EQ(StartsAfter(record), (std::vector<std::string>{"c3", "c1", "c2"}));
  record.host_config = {{"NetworkMode", "bridge"}, {"PidMode", "host"}};
  EXPECT_TRUE(StartsAfter(record).empty());
}

class RestartOrder : public testing::Test {
 protected:
  // One that is about to start, and needs those others.
  void Add(const std::string& id, const char* network_of, const char* pid_of = nullptr) {
    EngineContainerRecord& record = records_[id];
    record.id = id;
    record.name = "name-" + id;
    record.state.status = EngineStatus::kRestarting;
    record.host_config = {{"NetworkMode", absl::StrCat("container:", network_of)}};
    if (pid_of != nullptr) {
      record.host_config["PidMode"] = absl::StrCat("container:", pid_of);
    }
  }

  bool Awaits(const std::string& id) { return !Awaited(id).empty(); }
  std::string Awaited(const std::string& id) {
    return AwaitedOther(
        records_[id], [this](absl::string_view name) -> absl::StatusOr<EngineContainerRecord> {
          const auto found = records_.find(std::string(name));
          return found == records_.end() ? absl::StatusOr<EngineContainerRecord>(
                                               absl::NotFoundError("no such container"))
                                         : found->second;
        });
  }

  std::map<std::string, EngineContainerRecord> records_;
};

TEST_F(RestartOrder, WhatIsNeededIsAwaitedWhileItIsAboutToStart) {
  Add("c1", "c2");
  EXPECT_FALSE(Awaits("c1")) << "the other is not there";
  Add("c2", "");
  EXPECT_TRUE(Awaits("c1"));
  EXPECT_FALSE(Awaits("c2"));
  records_["c2"].state.status = EngineStatus::kRunning;
  EXPECT_FALSE(Awaits("c1"));
}

TEST_F(RestartOrder, NobodyWaitsForWhoWaitsForIt) {
  Add("c1", "c2");
  Add("c2", "c3");
  Add("c3", "c1");
  Add("c4", "c3");
  Add("c5", "c5");
  EXPECT_FALSE(Awaits("c1"));
  EXPECT_FALSE(Awaits("c2"));
  EXPECT_FALSE(Awaits("c3"));
  EXPECT_TRUE(Awaits("c4"));
  EXPECT_FALSE(Awaits("c5")) << "it needs itself";
  Add("c6", "");
  Add("c1", "c2", "c6");
  EXPECT_EQ(Awaited("c1"), "name-c6") << "one of two is in no circle with it";
}

}  // namespace
}  // namespace berth::cri
