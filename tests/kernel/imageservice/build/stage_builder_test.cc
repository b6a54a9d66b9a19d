// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_builder.h"

#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSteps[] =
    "FROM base:1\nARG WHO=x\nENV A=1\nRUN write /first x\nCOPY f /f\nRUN write /last $WHO\n";

KERNEL_TEST(StageBuilder, TheSameStepsAreNotDoneAgain) {
  BuildUnderTest build;
  const absl::StatusOr<Image> first = build.Build({{"Dockerfile", kSteps}, {"f", "1"}});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(build.runner.TakeSteps(), SizeIs(2));
  EXPECT_EQ(build.Cached(), 0u);
  build.Open();  // the cache is kept
  const absl::StatusOr<Image> again = build.Build({{"Dockerfile", kSteps}, {"f", "1"}});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(build.Cached(), 5u);
  EXPECT_THAT(build.runner.TakeSteps(), IsEmpty());
}

KERNEL_TEST(StageBuilder, TheEndOfARunIsALineOfItsOwn) {
  BuildUnderTest build;
  build.runner.hook = [](const Call&, const RunStep& step) {
    step.output("no ");
    step.output("end");
    return absl::OkStatus();
  };
  ASSERT_THAT(
      build.Build({{"Dockerfile", "FROM base:1\nRUN say one\nRUN mumble\nRUN write /f x\n"}}),
      IsOk());
  EXPECT_THAT(build.said(), HasSubstr("\none\n ---> Removed intermediate container "));
  EXPECT_THAT(build.said(), HasSubstr("\nno end\n ---> Removed intermediate container "));
  EXPECT_THAT(build.said(), ::testing::Not(HasSubstr("\n\n")));
}

KERNEL_TEST(StageBuilder, WhatDependsOnAChangeIsDoneAgain) {
  BuildUnderTest build;
  ASSERT_THAT(build.Build({{"Dockerfile", kSteps}, {"f", "1"}}), IsOk());
  build.runner.TakeSteps();
  ASSERT_THAT(build.Build({{"Dockerfile", kSteps}, {"f", "2"}}), IsOk());
  EXPECT_EQ(build.Cached(), 3u);
  EXPECT_THAT(build.runner.TakeSteps(), SizeIs(1));
  BuildRequest request;
  request.arguments = {{"WHO", "other"}};
  ASSERT_THAT(build.Build({{"Dockerfile", kSteps}, {"f", "2"}}, request), IsOk());
  const std::vector<RunStep> steps = build.runner.TakeSteps();
  ASSERT_THAT(steps, SizeIs(2));  // both see the argument
  EXPECT_THAT(steps[0].environment, ::testing::Contains("WHO=other"));
  EXPECT_THAT(steps[0].environment, ::testing::Contains("A=1"));
  request.no_cache = true;
  ASSERT_THAT(build.Build({{"Dockerfile", kSteps}, {"f", "2"}}, request), IsOk());
  EXPECT_EQ(build.Cached(), 0u);
}

KERNEL_TEST(StageBuilder, AStepIsTheSameOnTheSameStepsOnly) {
  BuildUnderTest build;
  const auto cached = [&](const std::string& steps) {
    EXPECT_THAT(build.Build({{"Dockerfile", "FROM base:1\n" + steps}}), IsOk());
    return build.Cached();
  };
  EXPECT_EQ(cached("ENV A=1 B=2\nLABEL l=1\n"), 0u);
  EXPECT_EQ(cached("ENV A=1 B=2\nLABEL l=1\n"), 2u);
  EXPECT_EQ(cached("ENV A=\"1 B=2\"\nLABEL l=1\n"), 0u) << "its words are the same";
  EXPECT_EQ(cached("LABEL l=1\n"), 0u);
  EXPECT_EQ(cached("ONBUILD RUN say x\nLABEL l=1\n"), 0u) << "what is in no history counts";
  EXPECT_EQ(cached("RUN say x\nLABEL l=1\n"), 0u);
  EXPECT_EQ(cached("RUN say y\nLABEL l=1\n"), 0u) << "its layer is the same";
  EXPECT_EQ(cached("RUN say x\nLABEL l=1\n"), 2u);
}

KERNEL_TEST(StageBuilder, ALinkedLayerIsTheSameOnAnything) {
  BuildUnderTest build;
  const auto of = [&](const std::string& below) {
    const absl::StatusOr<Image> image = build.Build(
        {{"Dockerfile", "FROM base:1\nRUN write /below " + below + "\nCOPY --link f /dir/new/f\n"},
         {"f", "1"}});
    EXPECT_THAT(image, IsOk());
    EXPECT_EQ(build.File(*image, "/dir/new/f"), "1");
    EXPECT_EQ(build.File(*image, "/dir/file"), "hello");
    EXPECT_EQ(build.File(*image, "/below"), below);
    return build.Layers(*image);
  };
  const std::vector<std::string> one = of("one");
  EXPECT_EQ(build.Cached(), 0u);
  const std::vector<std::string> two = of("two");
  EXPECT_EQ(build.Cached(), 1u);
  ASSERT_THAT(two, SizeIs(4));
  EXPECT_NE(one[2], two[2]);
  EXPECT_EQ(one[3], two[3]);
  EXPECT_EQ(of("one"), one);
  EXPECT_EQ(build.Cached(), 2u);
}

KERNEL_TEST(StageBuilder, AWorkingDirectoryIsMadeOnlyWhereThereIsNone) {
  BuildUnderTest build;
  const absl::StatusOr<Image> image = build.Build(
      {{"Dockerfile", "FROM base:1\nWORKDIR /dir\nWORKDIR new\nCOPY f .\n"}, {"f", "1"}});
  ASSERT_THAT(image, IsOk());
  EXPECT_THAT(build.Layers(*image), SizeIs(4));
  EXPECT_EQ(build.File(*image, "/dir/new/f"), "1");
  EXPECT_THAT(build.Build({{"Dockerfile", "FROM base:1\nWORKDIR /etc/passwd\n"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot mkdir")));
}

KERNEL_TEST(StageBuilder, StepsOfAStageHaveOnePlaceWhichIsLeft) {
  BuildUnderTest build;
  EXPECT_THAT(build.Build({{"Dockerfile",
                            "FROM base:1 AS a\nRUN say 1\nRUN say 2\n"
                            "FROM a\nRUN say 3\nRUN exit 1\n"}}),
              StatusIs(absl::StatusCode::kUnknown));
  const std::vector<RunStep> steps = build.runner.TakeSteps();
  ASSERT_THAT(steps, SizeIs(4));
  EXPECT_EQ(steps[0].place, steps[1].place);
  EXPECT_EQ(steps[2].place, steps[3].place);
  EXPECT_NE(steps[0].place, steps[2].place);
  EXPECT_THAT(build.runner.left(), ElementsAre(steps[0].place, steps[2].place));
}

KERNEL_TEST(StageBuilder, AStepThatFailsTellsWhichItIs) {
  BuildUnderTest build;
  const absl::Status failed =
      build.Build({{"Dockerfile", "FROM base:1\n\nRUN say a; \\\n  exit 1\n"}}).status();
  EXPECT_EQ(failed.GetPayload(kFailedLines), absl::Cord("3-4"));
  EXPECT_EQ(Builder::FailedStepOf(failed), 2u);
  const absl::Status unread = build.Build({{"Dockerfile", "NONSENSE x\n"}}).status();
  EXPECT_EQ(Builder::FailedStepOf(unread), 0u);
}

}  // namespace
}  // namespace berth::imageservice
