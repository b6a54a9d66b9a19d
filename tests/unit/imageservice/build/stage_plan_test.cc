// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_plan.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/build/dockerfile_parser.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Which images were asked for is noted; "parent" has a trigger.
absl::StatusOr<BuildPlan> Plan(absl::string_view text, absl::string_view target = "",
                               VariableMap given = {}, std::vector<std::string>* asked = nullptr) {
  const absl::StatusOr<Dockerfile> file = ParseDockerfile(text);
  EXPECT_THAT(file, IsOk());
  const absl::StatusOr<GlobalScope> scope = GlobalScope::New(*file, std::move(given), {});
  EXPECT_THAT(scope, IsOk());
  return PlanBuild(*file, *scope, target,
                   [&](const std::string& image,
                       const std::string&) -> absl::StatusOr<std::vector<std::string>> {
                     if (asked != nullptr) {
                       asked->push_back(image);
                     }
                     if (image == "parent") {
                       return std::vector<std::string>{"COPY --from=tools /t /t", "RUN x"};
                     }
                     return std::vector<std::string>();
                   });
}

std::vector<size_t> Places(const BuildPlan& plan) {
  std::vector<size_t> places;
  for (const PlannedStage& stage : plan.stages) {
    places.push_back(stage.index);
  }
  return places;
}

constexpr char kFile[] =
    "ARG BASE=busybox\n"
    "FROM $BASE AS tools\nRUN a\n"
    "FROM never AS unneeded\nRUN b\n"
    "FROM tools AS Second\nRUN --mount=from=tools,target=/m c\n"
    "FROM scratch\nCOPY --from=1 /x /\nCOPY --from=second /y /\nCOPY --from=alpine /z /\n";

TEST(StagePlan, TakesOnlyTheStagesThatAreNeeded) {
  std::vector<std::string> asked;
  const absl::StatusOr<BuildPlan> plan = Plan(kFile, "second", {{"BASE", "debian"}}, &asked);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(Places(*plan), ElementsAre(0, 2));
  EXPECT_THAT(asked, ElementsAre("debian"));
  EXPECT_THAT(plan->stages[1].needs, ElementsAre(0));
  EXPECT_EQ(plan->stages[1].base.kind, StageSource::Kind::kStage);
  EXPECT_EQ(plan->steps, 4);
}

TEST(StagePlan, FollowsCopiesByNameAndPlace) {
  const absl::StatusOr<BuildPlan> plan = Plan(kFile);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(Places(*plan), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(plan->stages[3].needs, ElementsAre(1, 2));
  EXPECT_EQ(plan->stages[3].base.kind, StageSource::Kind::kScratch);
  EXPECT_THAT(Places(*Plan(kFile, "0")), ElementsAre(0));
}

TEST(StagePlan, PutsTriggersBeforeTheStagesOwn) {
  const absl::StatusOr<BuildPlan> plan =
      Plan("FROM scratch AS tools\nONBUILD ENV a=b\nFROM tools AS x\nRUN y\nFROM parent\nRUN z\n");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(Places(*plan), ElementsAre(0, 2));
  EXPECT_EQ(plan->stages[1].triggers, 2);
  EXPECT_EQ(plan->stages[1].instructions.size(), 3);
  const absl::StatusOr<BuildPlan> heir = Plan("FROM scratch AS a\nONBUILD ENV a=b\nFROM a\n");
  ASSERT_THAT(heir, IsOk());
  EXPECT_EQ(heir->stages[1].instructions[0].text, "ENV a=b");
}

TEST(StagePlan, RefusesWhatThereIsNot) {
  EXPECT_THAT(Plan(kFile, "fourth"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("target stage \"fourth\" could not be found")));
  EXPECT_THAT(Plan("FROM ${NOTHING}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("base name (${NOTHING}) should not be blank")));
}

TEST(StagePlan, ALaterStageIsAnImage) {
  const absl::StatusOr<Dockerfile> file = ParseDockerfile("FROM scratch AS a\nFROM scratch AS b\n");
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(ResolveFrom(*file, 1, "A").kind, StageSource::Kind::kStage);
  EXPECT_EQ(ResolveFrom(*file, 1, "b").image, "b");
  EXPECT_EQ(ResolveFrom(*file, 1, "1").image, "1");
  EXPECT_THAT(ResolveFrom(*file, 1, "").image, IsEmpty());
}

}  // namespace
}  // namespace berth::imageservice
