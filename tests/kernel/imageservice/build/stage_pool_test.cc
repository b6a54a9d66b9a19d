// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_pool.h"

#include "absl/synchronization/notification.h"

#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr char kTwoStages[] =
    "FROM scratch AS a\nRUN say first; hook; write /a 1\n"
    "FROM scratch AS b\nRUN say second; hook; write /b 2\n"
    "FROM scratch\nCOPY --from=a /a /\nCOPY --from=b /b /\n";

KERNEL_TEST(StagePool, StagesRunSideBySideAndAreToldOfInTurn) {
  BuildUnderTest build;
  absl::Notification arrived[2];
  build.runner.hook = [&](const Call&, const RunStep& step) {
    const size_t own = step.command.back().find("first") == std::string::npos ? 1 : 0;
    arrived[own].Notify();
    EXPECT_TRUE(arrived[1 - own].WaitForNotificationWithTimeout(kPatience));
    return absl::OkStatus();
  };
  const absl::StatusOr<Image> image = build.Build({{"Dockerfile", kTwoStages}});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(build.File(*image, "/a") + build.File(*image, "/b"), "12");
  EXPECT_LT(build.said().find("first\n"), build.said().find("Step 3/"));
  EXPECT_LT(build.said().find("Step 3/"), build.said().find("second\n"));
  EXPECT_LT(build.said().find("second\n"), build.said().find("Step 5/"));
}

KERNEL_TEST(StagePool, WithOneStageTheOthersEnd) {
  BuildUnderTest build;
  absl::Notification waits;
  build.runner.hook = [&](const Call& call, const RunStep& step) -> absl::Status {
    if (step.command.back().find("first") != std::string::npos) {
      EXPECT_TRUE(waits.WaitForNotificationWithTimeout(kPatience));
      return absl::UnknownError("it fails");
    }
    waits.Notify();
    absl::Mutex mutex;
    const bool never = false;
    absl::MutexLock lock(&mutex);
    return Await(mutex, absl::Condition(&never), call.Within(kPatience));
  };
  EXPECT_THAT(build.Build({{"Dockerfile", kTwoStages}}),
              StatusIs(absl::StatusCode::kUnknown, "it fails"));
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(StagePool, OnlyWhatIsNeededRuns) {
  BuildUnderTest build;
  build.runner.hook = [](const Call&, const RunStep&) { return absl::OkStatus(); };
  BuildRequest request;
  request.target = "b";
  ASSERT_THAT(build.Build({{"Dockerfile", kTwoStages}}, request), IsOk());
  const std::vector<RunStep> steps = build.runner.TakeSteps();
  ASSERT_THAT(steps, SizeIs(1));
  EXPECT_THAT(steps[0].command.back(), HasSubstr("second"));
}

}  // namespace
}  // namespace berth::imageservice
