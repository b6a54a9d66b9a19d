// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/run_step_runner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

// Whose first pod is gone as soon as another is to share its network.
struct ForgetfulRuntime : test::FakePodRuntime {
  absl::StatusOr<std::string> RunPod(const Call& call,
                                     const ::runtime::v1::PodSandboxConfig& config,
                                     absl::string_view handler,
                                     const runtime::PodExtras& extras) override {
    shared.push_back(extras.network_of);
    if (extras.network_of == "a00") {
      return absl::NotFoundError("no pod a00");
    }
    return FakePodRuntime::RunPod(call, config, handler, extras);
  }
  std::vector<std::string> shared;
};

// Whose containers have no such program.
struct RefusingRuntime : test::FakePodRuntime {
  absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> AttachAhead(
      const Call&, absl::string_view, const runtime::StreamChoice&) override {
    return std::unique_ptr<runtime::ProcessSession>();
  }
  absl::Status StartContainer(const Call&, absl::string_view) override {
    return absl::InternalError("start container c: execute (nosuch): No such file or directory");
  }
};

TEST(RunStepRunner, ANetworkThatIsGoneIsMadeAnew) {
  ForgetfulRuntime runtime;
  runtime.failures["CreateContainer"] = absl::AbortedError("far enough");
  RunStepRunner runner(runtime);
  imageservice::RunStep step;
  step.name = "build-1";
  step.place = "stage";
  step.command = {"true"};
  EXPECT_THAT(runner.Run(Call(), step), test::StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(runtime.shared, ElementsAre("", "a00", "", "a01"));
  EXPECT_THAT(runtime.calls, ::testing::Contains("RemovePod a00"));
  runner.Leave("stage");
  EXPECT_EQ(runtime.calls.back(), "RemovePod a01");
}

TEST(RunStepRunner, AProgramThatIsNotThereIsNamed) {
  RefusingRuntime runtime;
  RunStepRunner runner(runtime);
  imageservice::RunStep step;
  step.name = "build-1";
  step.command = {"nosuch"};
  EXPECT_THAT(runner.Run(Call(), step),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "exec: \"nosuch\": executable file not found in $PATH"));
}

}  // namespace
}  // namespace berth::cri
