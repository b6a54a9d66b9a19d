// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_remove.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(RemoveContainer, KillsWhatRuns) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container =
      fixture.Start(pod, "main", "trap '' TERM; echo up; while :; do sleep 1; done");
  EXPECT_TRUE(Eventually([&] { return fixture.Log(container).find("up") != std::string::npos; }));
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), container), test::IsOk());
  EXPECT_THAT(runtime.FindContainer(container), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), container), test::IsOk());
  fixture.Start(pod, "main", "exec sleep 1000");  // the name is free again
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
