// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/step_plan.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

imageservice::RunStep Step() {
  imageservice::RunStep step;
  step.name = "build-1";
  step.root = {.lower = {"/l"}, .upper = "/u", .work = "/w"};
  step.command = {"/bin/sh", "-c", "x"};
  step.environment = {"A=b=c", "E="};
  step.working_directory = "/wd";
  step.user = "app";
  step.hosts = {{"name", "1.2.3.4"}};
  step.limits.memory = 1 << 20;
  step.limits.shm_size = 4096;
  return step;
}

TEST(StepPlan, APodIsTheEnginesAndHasANetworkAsAsked) {
  imageservice::RunStep step = Step();
  EXPECT_EQ(ExtrasOfStep(step).owner, runtime::PodOwner::kEngine);
  EXPECT_FALSE(ExtrasOfStep(step).isolated);
  EXPECT_THAT(ExtrasOfStep(step).hosts, ElementsAre("1.2.3.4\tname"));
  EXPECT_EQ(ExtrasOfStep(step).shm_size, 4096);
  EXPECT_EQ(PodOfStep(step).metadata().name(), "build-1");
  step.network = "none";
  EXPECT_TRUE(ExtrasOfStep(step).isolated);
  step.network = "host";
  const auto pod = PodOfStep(step);
  EXPECT_EQ(pod.linux().security_context().namespace_options().network(), runtime::v1::NODE);
}

TEST(StepPlan, AContainerHasWhatTheStepSays) {
  imageservice::RunStep step = Step();
  step.mounts.resize(3);
  step.mounts[0].target = "/h";
  step.mounts[0].source = "/host";
  step.mounts[1].target = "/t";
  step.mounts[1].tree.lower = {"/a", "/b"};
  step.mounts[1].below = "x";
  step.mounts[2].target = "/m";
  step.mounts[2].is_tmpfs = true;
  step.mounts[2].tmpfs_size = 4096;
  step.limits.rlimits = {{7, 10, 20}};
  const runtime::ContainerRequest request = ContainerOfStep(step, "pod", "id");
  EXPECT_EQ(request.id, "id");
  EXPECT_EQ(request.pod_id, "pod");
  EXPECT_EQ(request.image.user, "app");
  EXPECT_EQ(request.root.upper, "/u");
  EXPECT_THAT(request.config.command(), ElementsAre("/bin/sh", "-c", "x"));
  EXPECT_EQ(request.config.envs(0).value(), "b=c");
  EXPECT_EQ(request.config.working_dir(), "/wd");
  EXPECT_EQ(request.config.mounts(0).host_path(), "/host");
  EXPECT_TRUE(request.config.mounts(0).readonly());
  EXPECT_EQ(request.config.mounts(1).image_sub_path(), "x");
  EXPECT_THAT(request.image_volumes.at("/t").lower, ElementsAre("/a", "/b"));
  ASSERT_EQ(request.extras.mounts.size(), 1u);
  EXPECT_EQ(request.extras.mounts[0].destination, "/m");
  EXPECT_EQ(request.extras.mounts[0].options[0].value, "4096");
  ASSERT_EQ(request.extras.rlimits.size(), 1u);
  EXPECT_EQ(request.extras.rlimits[0].resource, 7u);
  EXPECT_EQ(request.extras.rlimits[0].soft, 10u);
  EXPECT_EQ(request.extras.rlimits[0].hard, 20u);
  EXPECT_EQ(request.config.linux().resources().memory_limit_in_bytes(), 1 << 20);
  EXPECT_GT(request.config.linux().security_context().masked_paths_size(), 0);
  EXPECT_FALSE(request.config.linux().security_context().privileged());
  EXPECT_TRUE(request.config.linux().security_context().has_seccomp());
  EXPECT_EQ(request.config.linux().security_context().seccomp().profile_type(),
            runtime::v1::SecurityProfile::RuntimeDefault);
}

TEST(StepPlan, OnlyWhatTheBuilderMadeIsLabelled) {
  imageservice::RunStep step = Step();
  step.mounts.resize(3);
  step.mounts[0].source = "/run/agent";
  step.mounts[1].source = "/secret";
  step.mounts[1].files = imageservice::StepFiles::kOfStep;
  step.mounts[2].source = "/cache";
  step.mounts[2].files = imageservice::StepFiles::kShared;
  const runtime::ContainerExtras extras = ContainerOfStep(step, "pod", "id").extras;
  EXPECT_THAT(extras.shared_files, ::testing::IsEmpty());
  ASSERT_EQ(extras.own_files.size(), 2u);
  EXPECT_EQ(extras.own_files[0].path, "/secret");
  EXPECT_FALSE(extras.own_files[0].shared);
  EXPECT_EQ(extras.own_files[1].path, "/cache");
  EXPECT_TRUE(extras.own_files[1].shared);
}

}  // namespace
}  // namespace berth::cri
