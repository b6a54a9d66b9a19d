// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_failure.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Time kStart = absl::UnixEpoch();

BuildSteps TwoThatRun() {
  BuildSteps steps;
  steps.Take(0, "Step 1/2 : RUN a\n ---> Running in aaa\none\ntwo\nthree\n", kStart);
  steps.Take(1, "Step 2/2 : RUN b\n ---> Running in bbb\n", kStart);
  return steps;
}

TEST(BuildFailure, HasTheMomentOfEachLine) {
  EXPECT_EQ(SaidAt({absl::ZeroDuration(), "a"}), "0.000 a");
  EXPECT_EQ(SaidAt({absl::Milliseconds(12500), ""}), "12.50 ");
  EXPECT_EQ(SaidAt({absl::Milliseconds(112520), "b c"}), "112.5 b c");
  EXPECT_EQ(SaidAt({-absl::Seconds(1), "a"}), "0.000 a");
}

TEST(BuildFailure, IsWhatTheStepThatFailedHasSaidAndWhereItIs) {
  BuildSteps steps = TwoThatRun();
  steps.Take(BuildSteps::kWholeBuild, "Dockerfile:2\n", kStart);
  steps.Fail(1, kStart);
  EXPECT_THAT(BuildFailure(steps),
              ElementsAre("------", " > [1/2] RUN a:", "0.000 one", "0.000 two", "0.000 three",
                          "------", "Dockerfile:2"));
  EXPECT_THAT(BuildFailure(steps, 1),
              ElementsAre("------", " > [1/2] RUN a:", "0.000 three", "------", "Dockerfile:2"));
}

TEST(BuildFailure, WhereNobodySaysWhatFailedAllHaveSaidIt) {
  BuildSteps steps = TwoThatRun();
  steps.Fail(0, kStart);
  EXPECT_THAT(BuildFailure(steps, 1),
              ElementsAre("------", " > [1/2] RUN a:", "0.000 three", "------"));
}

TEST(BuildFailure, SaysWhatIsNotKept) {
  BuildSteps steps = TwoThatRun();
  steps.Take(
      1,
      absl::StrCat(std::string(2 * kMaxStepOutput / sizeof(BuildStep::OutputLine), '\n'), "last\n"),
      kStart);
  steps.Fail(2, kStart);
  EXPECT_EQ(BuildFailure(steps)[2], "(what it said before is not kept)");
  EXPECT_THAT(BuildFailure(steps, 1),
              ElementsAre("------", " > [2/2] RUN b:", "0.000 last", "------"));
}

TEST(BuildFailure, IsNothingOfASuccess) {
  BuildSteps steps = TwoThatRun();
  steps.Succeed(kStart);
  EXPECT_THAT(BuildFailure(steps), IsEmpty());
}

}  // namespace
}  // namespace berth::cli
