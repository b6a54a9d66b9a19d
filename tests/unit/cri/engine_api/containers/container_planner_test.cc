// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_planner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

absl::StatusOr<ContainerPlan> Plan(const Json& config, const Json& host_config) {
  EngineContainerRecord record;
  record.id = "c1";
  record.name = "web";
  const absl::StatusOr<ContainerSpec> spec = ParseContainerSpec(config, host_config);
  return spec.ok()
             ? PlanContainer(record, *spec, {.directory = "/r/c1", .volumes = {{"/v", "/vol"}}})
             : spec.status();
}

TEST(ContainerPlanner, TheProcess) {
  const auto plan = Plan({{"Entrypoint", {"sh"}},
                          {"Cmd", {"-c"}},
                          {"User", "1:2"},
                          {"Env", {"A=b"}},
                          {"StopSignal", "SIGINT"},
                          {"Tty", true}},
                         Json::object());
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_THAT(plan->container.command(), ::testing::ElementsAre("sh", "-c"));
  EXPECT_EQ(plan->container.envs(0).value(), "b");
  EXPECT_EQ(plan->image.user, "1:2");
  EXPECT_EQ(plan->image.stop_signal, "SIGINT");
  EXPECT_EQ(plan->container.log_path(), kContainerLog);
  EXPECT_EQ(plan->pod_extras.owner, runtime::PodOwner::kEngine);
  EXPECT_FALSE(plan->container.linux().security_context().masked_paths().empty());
}

TEST(ContainerPlanner, HostConfig) {
  const auto plan =
      Plan(Json::object(), {{"NetworkMode", "none"},
                            {"CapAdd", {"CAP_NET_ADMIN"}},
                            {"NanoCpus", 1'500'000'000},
                            {"Memory", 64 << 20},
                            {"PidsLimit", 9},
                            {"Binds", {"/s:/d:ro", "name:/v"}},
                            {"Tmpfs", {{"/t", "size=1m,exec"}}},
                            {"ExtraHosts", {"db:10.0.0.1"}},
                            {"Ulimits", {{{"Name", "nofile"}, {"Soft", 1}, {"Hard", -1}}}},
                            {"MaskedPaths", Json::array()},
                            {"SecurityOpt", {"no-new-privileges", "seccomp=unconfined"}}});
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_TRUE(plan->pod_extras.isolated);
  EXPECT_THAT(plan->pod_extras.hosts, ::testing::ElementsAre("10.0.0.1\tdb"));
  const auto& security = plan->container.linux().security_context();
  EXPECT_EQ(security.capabilities().add_capabilities(0), "NET_ADMIN");
  EXPECT_TRUE(security.no_new_privs());
  EXPECT_TRUE(security.masked_paths().empty());
  EXPECT_EQ(security.seccomp().profile_type(), v1::SecurityProfile::Unconfined);
  const auto& limits = plan->container.linux().resources();
  EXPECT_EQ(limits.cpu_quota(), 150'000);
  EXPECT_EQ(limits.memory_swap_limit_in_bytes(), 128 << 20);
  EXPECT_EQ(limits.unified().at("pids.max"), "9");
  EXPECT_EQ(plan->container.mounts(1).host_path(), "/vol");
  EXPECT_EQ(plan->extras.mounts.at(0).destination, "/t");
  EXPECT_EQ(plan->extras.rlimits.at(0).hard, ~uint64_t{0});
}

TEST(ContainerPlanner, WhatWeDoNotHaveIsSaid) {
  for (const char* mode : {"NetworkMode", "PidMode", "IpcMode"}) {
    EXPECT_THAT(Plan(Json::object(), {{mode, "container:x"}}),
                test::StatusIs(absl::StatusCode::kUnimplemented));
  }
  EXPECT_THAT(Plan(Json::object(), {{"NetworkMode", "mine"}}),
              test::StatusIs(absl::StatusCode::kUnimplemented));
  for (const Json& bad : {Json({{"SecurityOpt", {"odd=1"}}}), Json({{"ExtraHosts", {"x"}}}),
                          Json({{"Ulimits", {{{"Name", "odd"}}}}})}) {
    EXPECT_THAT(Plan(Json::object(), bad), test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace berth::cri
