// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_check.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

KERNEL_TEST(PlanCheck, FindsWhatRunPodAndCreateContainerWouldAndMakesNothing) {
  RuntimeFixture fixture;
  const std::unique_ptr<PlanCheck> plans = PlanCheck::Of(fixture.Open());
  const struct {
    std::function<void(v1::PodSandboxConfig&, ContainerRequest&)> spoil;
    const char* why;
  } kCases[] = {
      {[](auto& pod, auto&) { pod.set_hostname(std::string(65, 'h')); }, "hostname"},
      {[](auto& pod, auto&) { pod.mutable_linux()->set_cgroup_parent("../x"); }, "cgroup_parent"},
      {[](auto& pod, auto&) { (*pod.mutable_linux()->mutable_sysctls())["net.x"] = "1"; }, "net.x"},
      {[](auto&, auto& request) {
         request.config.mutable_linux()->mutable_resources()->set_cpu_period(1);
       },
       "cpu_period"},
      {[](auto&, auto& request) {
         request.config.mutable_linux()
             ->mutable_security_context()
             ->mutable_capabilities()
             ->add_add_capabilities("NOPE");
       },
       "unknown capability NOPE"},
      {[](auto&, auto& request) {
         for (int i = 0; i < 40; ++i) {
           request.config.add_args(std::string(110 << 10, 'x'));
         }
       },
       "are possible"},
  };
  const auto check = [&](const auto& spoil) {
    v1::PodSandboxConfig pod = fixture.PodConfig("one");
    PodSnapshot snapshot;
    snapshot.config = pod;
    ContainerRequest request = fixture.Request(snapshot, "main", "true");
    spoil(pod, request);
    return plans->Check(fixture.Soon(), pod, "", {}, request);
  };
  EXPECT_THAT(check([](auto&, auto&) {}), test::IsOk());
  for (const auto& each : kCases) {
    EXPECT_THAT(check(each.spoil),
                test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(each.why)));
  }
  EXPECT_THAT(plans->Check(fixture.Soon(), fixture.PodConfig("one"), "nope", {}, {}),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
