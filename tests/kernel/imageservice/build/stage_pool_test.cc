// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_pool.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

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
  EXPECT_THAT(build.said(), Not(HasSubstr("Stage ")));
}

KERNEL_TEST(StagePool, AStageIsHeardWhileAnotherGoesOn) {
  BuildUnderTest build;
  absl::Notification heard;
  build.runner.hook = [&](const Call&, const RunStep& step) {
    if (step.command.back().find("first") != std::string::npos) {
      EXPECT_TRUE(heard.WaitForNotificationWithTimeout(kPatience));
    }
    return absl::OkStatus();
  };
  BuildRequest request;
  absl::Mutex mutex;
  std::map<size_t, std::string> said;
  request.hear_stage = [&](size_t stage, absl::string_view text) {
    absl::MutexLock lock(&mutex);
    absl::StrAppend(&said[stage], text);
    if (text == "second\n") {
      heard.Notify();
    }
  };
  ASSERT_THAT(build.Build({{"Dockerfile", kTwoStages}}, request), IsOk());
  EXPECT_THAT(said[0], StartsWith("Stage a : steps 1-2\nStep 1/7 : FROM scratch AS a\n"));
  EXPECT_THAT(said[0], HasSubstr("Step 2/7 : RUN say first"));
  EXPECT_THAT(said[1], HasSubstr("second\n"));
  EXPECT_THAT(said[2], StartsWith("Stage stage-2 : steps 5-7\n"));
  EXPECT_THAT(said[2], HasSubstr("Step 7/7 : COPY"));
  EXPECT_THAT(build.said(), Not(HasSubstr("Step")));
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

// Stages on one whose configuration has more than 7 MB, each of them with an heir where that is
// wanted, and a last one that copies from all.
std::string Fan(size_t stages, bool with_heirs) {
  std::string text = "FROM scratch AS base\nCOPY f /f\nENV A=" + std::string(1'000'000, 'a') +
                     "\nLABEL l=$A m=$A n=$A o=$A p=$A q=$A\n";
  std::string heirs;
  std::string copies = "FROM scratch\n";
  for (size_t i = 0; i < stages; ++i) {
    absl::StrAppend(&text, "FROM base AS s", i, "\nENV b=c\n");
    if (with_heirs) {
      absl::StrAppend(&heirs, "FROM s", i, " AS t", i, "\nENV d=e\n");
    }
    absl::StrAppend(&copies, "COPY --from=", with_heirs ? "t" : "s", i, " /f /f", i, "\n");
  }
  return text + heirs + copies;
}

KERNEL_TEST(StagePool, HoldsTheConfigurationsOfThoseWithHeirsAlone) {
  BuildUnderTest build;
  EXPECT_THAT(build.Build({{"Dockerfile", Fan(8, false)}, {"f", "x"}}), IsOk());
  EXPECT_THAT(build.Build({{"Dockerfile", Fan(8, true)}, {"f", "x"}}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("33554432 bytes")));
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
