// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_launch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(ContainerLaunch, WhatFailsLeavesNoPod) {
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  runtime.failures["CreateContainer"] = absl::ResourceExhaustedError("full");
  ContainerPlan plan;
  plan.pod.mutable_metadata()->set_name("web");
  bool called = false;
  const auto launched =
      LaunchContainer(runtime, images, Call(), "c1", plan, [&](const std::string&) {
        called = true;
        return absl::OkStatus();
      });
  EXPECT_FALSE(launched.ok());
  EXPECT_FALSE(called);
  if (!runtime.calls.empty()) {
    EXPECT_THAT(runtime.calls.back(), HasSubstr("RemovePod"));
  }
}

}  // namespace
}  // namespace berth::cri
