// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_control.h"

#include <signal.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(ContainerControl, SignalsReachTheFirstProcess) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string main = fixture.Start(
      pod, "main", "trap 'echo hup' HUP; echo ready; while true; do sleep 0.05; done");
  EXPECT_TRUE(Eventually([&] { return fixture.Log(main).find("ready") != std::string::npos; }));
  EXPECT_THAT(runtime.Signal(fixture.Soon(), main, SIGHUP), test::IsOk());
  EXPECT_TRUE(Eventually([&] { return fixture.Log(main).find("hup") != std::string::npos; }));
  EXPECT_THAT(runtime.Signal(fixture.Soon(), main, SIGKILL), test::IsOk());
  fixture.AwaitExit(main);
  EXPECT_EQ(runtime.FindContainer(main)->exit_code, 137);
  EXPECT_THAT(runtime.Signal(fixture.Soon(), main, SIGHUP),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.ResizeTerminal(fixture.Soon(), main, 24, 80),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.SetFrozen(fixture.Soon(), main, true),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(ContainerControl, AFrozenContainerEndsOnceItIsThawed) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string main = fixture.Start(pod, "main", "exec sleep 1000");
  EXPECT_THAT(runtime.SetFrozen(fixture.Soon(), main, true), test::IsOk());
  EXPECT_FALSE(runtime.ResizeTerminal(fixture.Soon(), main, 24, 80).ok());  // it has none
  EXPECT_THAT(runtime.IsFrozen(main), test::IsOkAndHolds(true));
  EXPECT_THAT(runtime.ExecSync(fixture.Soon(), main, {"true"}, absl::Seconds(5)),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             ::testing::HasSubstr("unpause the container before exec")));
  EXPECT_THAT(runtime.SetFrozen(fixture.Soon(), main, false), test::IsOk());
  EXPECT_THAT(runtime.IsFrozen(main), test::IsOkAndHolds(false));
  EXPECT_THAT(runtime.Signal(fixture.Soon(), main, SIGKILL), test::IsOk());
  fixture.AwaitExit(main);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
