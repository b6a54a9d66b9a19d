// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_plan.h"

#include "absl/strings/str_cat.h"
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

TEST(StagePlan, ALaterStageThatIsNeededComesBefore) {
  const absl::StatusOr<BuildPlan> plan = Plan(
      "FROM scratch AS a\nCOPY --from=C /x /\nFROM scratch AS unneeded\n"
      "FROM scratch AS c\nRUN --mount=from=3,target=/m y\nFROM scratch AS d\n",
      "a");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(Places(*plan), ElementsAre(3, 2, 0));
}

TEST(StagePlan, RefusesCircles) {
  const auto circle = [](absl::string_view stage) {
    return StatusIs(absl::StatusCode::kInvalidArgument,
                    HasSubstr(absl::StrCat("circular dependency detected on stage: ", stage)));
  };
  EXPECT_THAT(Plan("FROM scratch AS own\nCOPY --from=own /x /\n"), circle("own"));
  EXPECT_THAT(Plan("FROM scratch\nRUN --mount=from=0,target=/m x\n"), circle("stage-0"));
  EXPECT_THAT(Plan("FROM scratch AS a\nCOPY --from=c /x /\nFROM a AS b\n"
                   "FROM scratch AS c\nCOPY --from=b /x /\n"),
              circle("c"));
}

TEST(StagePlan, TriggersDoNotMultiplyWithoutEnd) {
  std::string text = "FROM scratch AS parent-of-all\n";
  for (int i = 0; i < 1000; ++i) {
    text += "ONBUILD ENV a=b\n";
  }
  std::string copies = "FROM scratch\n";
  for (int i = 0; i < 101; ++i) {
    absl::StrAppend(&text, "FROM parent-of-all AS s", i, "\n");
    absl::StrAppend(&copies, "COPY --from=s", i, " x y\n");
  }
  EXPECT_THAT(Plan(text + copies), StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr("more than 100000 instructions")));
  EXPECT_THAT(Plan(text), IsOk());
}

TEST(StagePlan, AStageIntroducesItself) {
  const absl::StatusOr<BuildPlan> plan = Plan("FROM x AS b\nENV a=b\nFROM b\n");
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(StageTitle(plan->stages[0], 1), "Stage b : steps 1-2\n");
  EXPECT_EQ(StageTitle(plan->stages[1], 3), "Stage stage-1 : steps 3-3\n");
}

TEST(StagePlan, APlaceIsNoImage) {
  EXPECT_THAT(Plan("FROM scratch\nCOPY --from=5 /x /\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("invalid stage index 5")));
}

TEST(StagePlan, OfTwoStagesWithOneNameTheNearestBeforeIsMeant) {
  const absl::StatusOr<Dockerfile> file =
      ParseDockerfile("FROM x AS a\nFROM x AS a\nFROM x AS b\nFROM x AS a\n");
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(ResolveFrom(*file, 2, "A")->stage, 1);
  EXPECT_EQ(ResolveFrom(*file, 0, "a")->stage, 3);
  EXPECT_EQ(ResolveFrom(*file, 2, "c")->image, "c");
  EXPECT_THAT(ResolveFrom(*file, 1, "")->image, IsEmpty());
}

}  // namespace
}  // namespace berth::imageservice
