// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_steps.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using State = BuildStep::State;
using ::testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(100);

absl::Time At(int64_t seconds) {
  return kStart + absl::Seconds(seconds);
}

std::vector<std::string> NamesOf(const BuildSteps& steps) {
  std::vector<std::string> names;
  for (const BuildStep& step : steps.steps()) {
    names.push_back(step.name);
  }
  return names;
}

std::vector<State> StatesOf(const BuildSteps& steps) {
  std::vector<State> states;
  for (const BuildStep& step : steps.steps()) {
    states.push_back(step.state);
  }
  return states;
}

std::vector<std::string> OutputOf(const BuildStep& step) {
  std::vector<std::string> output;
  for (const BuildStep::OutputLine& line : step.output) {
    output.push_back(line.text);
  }
  return output;
}

TEST(BuildSteps, AreThoseOfTheClassicBuildersWords) {
  BuildSteps steps;
  steps.Take(0, "Step 1/3 : FROM x\n", At(0));
  EXPECT_EQ(steps.total(), 3u);
  EXPECT_EQ(steps.completed(), 0u);
  steps.Take(0, " ---> 0123456789ab\nStep 2/3 : RUN make\n ---> Using cache\n", At(1));
  EXPECT_THAT(StatesOf(steps), ElementsAre(State::kDone, State::kRunning));
  EXPECT_EQ(steps.steps()[0].ended - steps.steps()[0].begun, absl::Seconds(1));
  steps.Take(0, " ---> 0123456789ab\nStep 3/3 : CMD y\n", At(2));
  EXPECT_EQ(steps.completed(), 2u);
  steps.Take(0, " ---> 0123456789ab\n", At(3));
  EXPECT_THAT(NamesOf(steps),
              ElementsAre("[1/3] FROM x", "[2/3] RUN make", "[3/3] CMD y", "exporting to image"));
  EXPECT_THAT(StatesOf(steps),
              ElementsAre(State::kDone, State::kCached, State::kDone, State::kRunning));
  steps.NameImage("sha256:1");
  steps.Take(BuildSteps::kWholeBuild, "Successfully built 1\nSuccessfully tagged x:1\n", At(4));
  steps.Succeed(At(5));
  EXPECT_EQ(steps.completed(), 4u);
  EXPECT_EQ(steps.total(), 4u);
  EXPECT_THAT(steps.steps()[3].notes,
              ElementsAre("writing image sha256:1", "naming to docker.io/library/x:1"));
}

TEST(BuildSteps, OfStagesGoOnSideBySide) {
  BuildSteps steps;
  steps.Take(0, "Step 1/4 : FROM x\n ---> 0\nStep 2/4 : RUN a\n ---> Running in aaa\n", At(0));
  steps.Take(1, "Step 3/4 : FROM y\n ---> 0\nStep 4/4 : RUN b\n ---> Running in bbb\nof b\n",
             At(1));
  steps.Take(0, "of a\n", At(2));
  EXPECT_THAT(StatesOf(steps),
              ElementsAre(State::kDone, State::kRunning, State::kDone, State::kRunning));
  EXPECT_THAT(OutputOf(steps.steps()[1]), ElementsAre("of a"));
  EXPECT_THAT(OutputOf(steps.steps()[3]), ElementsAre("of b"));
  EXPECT_EQ(steps.steps()[1].output[0].at, absl::Seconds(2));
  steps.Fail(4, At(3));
  EXPECT_EQ(steps.steps()[1].state, State::kCanceled);
  EXPECT_EQ(steps.steps()[3].state, State::kFailed);
  EXPECT_THAT(OutputOf(steps.steps()[3]), ElementsAre("of b"));
}

TEST(BuildSteps, CountWithinTheirStageWhereItHasAName) {
  BuildSteps steps;
  steps.Take(1, "Stage tools : steps 3-13\nStep 3/14 : FROM x\nStep 13/14 : RUN a\n", At(0));
  steps.Take(1, "Step 14/14 : RUN b\n", At(0));
  steps.Take(0, "Step 1/14 : FROM y\nStage late : steps 1-1\nStep 2/14 : RUN c\n", At(0));
  for (const char* title : {"Stage x : steps 1\n", "Stage x : steps 0-4\n", "Stage x\n"}) {
    steps.Take(2, title, At(0));
  }
  steps.Take(2, "Step 2/14 : RUN d\n", At(0));
  EXPECT_THAT(NamesOf(steps),
              ElementsAre("[tools  1/11] FROM x", "[tools 11/11] RUN a", "[14/14] RUN b",
                          "[ 1/14] FROM y", "[ 2/14] RUN c", "[ 2/14] RUN d"));
  EXPECT_EQ(steps.total(), 14u);
}

TEST(BuildSteps, ACommandIsTakenAtItsWordForNothing) {
  BuildSteps steps;
  steps.Take(0, "Step 1/2 : RUN x\n ---> Running in aaa\n", At(0));
  steps.Take(0, "Step 2/2 : RUN y\n ---> 0123456789ab\n ---> Removed intermediate container bbb\n",
             At(1));
  steps.Take(0, "Successfully built 1\n[Warning] x\nPulling y\n", At(1));
  ASSERT_EQ(steps.steps().size(), 1u);
  EXPECT_EQ(steps.steps()[0].state, State::kRunning);
  EXPECT_EQ(steps.steps()[0].output.size(), 6u);
  steps.Take(0, " ---> Removed intermediate container aaa\n", At(2));
  EXPECT_EQ(steps.steps()[0].output.size(), 6u);
  steps.Take(0, " ---> 0123456789ab\n", At(3));
  EXPECT_EQ(steps.steps()[0].state, State::kDone);
  EXPECT_EQ(steps.steps()[0].output.size(), 6u);
  steps.Forget();
  EXPECT_TRUE(steps.steps()[0].output.empty());
}

TEST(BuildSteps, LinesComeInPieces) {
  BuildSteps steps;
  steps.Take(0, "Step 1/2 : RU", At(0));
  EXPECT_TRUE(steps.steps().empty());
  steps.Take(0, "N x\n ---> Running in aaa\nwork", At(0));
  EXPECT_EQ(steps.steps()[0].unfinished, "work");
  steps.Take(0, "ing\n", At(0));
  EXPECT_EQ(steps.steps()[0].unfinished, "");
  EXPECT_THAT(OutputOf(steps.steps()[0]), ElementsAre("working"));
  steps.Take(0, "last words", At(0));
  steps.Fail(1, At(1));
  EXPECT_THAT(OutputOf(steps.steps()[0]), ElementsAre("working", "last words"));
}

TEST(BuildSteps, WhatIsWrittenOverIsGone) {
  BuildSteps steps;
  steps.Take(0, "Step 1/2 : RUN x\n ---> Running in aaa\n", At(0));
  for (int percent = 0; percent < 100; ++percent) {
    steps.Take(0, absl::StrCat("\r", percent, "% ", std::string(1000, '=')), At(0));
  }
  EXPECT_EQ(steps.steps()[0].unfinished.substr(0, 4), "99% ");
  steps.Take(0, "\rdone\r\n\x1b[31mred\x1b[0m\r\n", At(0));
  EXPECT_THAT(OutputOf(steps.steps()[0]), ElementsAre("done", "red"));
}

TEST(BuildSteps, KeepSoMuchAndNoMore) {
  BuildSteps steps;
  steps.Take(0, "Step 1/2 : RUN x\n ---> Running in aaa\n", At(0));
  steps.Take(0, std::string(1 << 20, 'x') + "\n", At(0));
  EXPECT_EQ(steps.steps()[0].output[0].text.size(), kMaxOutputLine);
  const std::string line(1000, 'y');
  const size_t most = kMaxStepOutput / (line.size() + sizeof(BuildStep::OutputLine));
  for (size_t i = 0; i <= most; ++i) {
    steps.Take(0, line + "\n", At(0));
  }
  EXPECT_EQ(steps.steps()[0].output.size(), most);
  EXPECT_EQ(steps.steps()[0].output[0].text[0], 'y');
  EXPECT_EQ(steps.steps()[0].lost, 2u);
  steps.Take(0, std::string(kMaxStepOutput, '\n'), At(0));
  EXPECT_LE(steps.steps()[0].output.size(), kMaxStepOutput / sizeof(BuildStep::OutputLine));
}

TEST(BuildSteps, EndHoweverLongTheirLastLineIs) {
  BuildSteps steps;
  steps.Take(0, "Step 1/2 : RUN x\n ---> Running in aaa\n", At(0));
  steps.Take(0, std::string(20000, 'x'), At(1));
  steps.Take(0,
             "\n ---> Removed intermediate container aaa\n ---> 0123456789ab\nStep 2/2 : RUN y\n",
             At(2));
  EXPECT_THAT(StatesOf(steps), ElementsAre(State::kDone, State::kRunning));
}

TEST(BuildSteps, BesidesThoseOfThePlanThereAreOthers) {
  BuildSteps steps;
  steps.Take(BuildSteps::kWholeBuild, "Pulling x:1\n", At(0));
  EXPECT_EQ(steps.total(), 1u);
  steps.Take(BuildSteps::kWholeBuild, "[Warning] old\n", At(1));
  steps.Take(0, "Step 1/1 : FROM x:1\n", At(2));
  EXPECT_THAT(NamesOf(steps), ElementsAre("pulling x:1", "old", "[1/1] FROM x:1"));
  EXPECT_THAT(StatesOf(steps), ElementsAre(State::kDone, State::kWarning, State::kRunning));
  EXPECT_EQ(steps.completed(), 1u);
  EXPECT_EQ(steps.total(), 2u);
}

TEST(BuildSteps, AFailureOfNoStepIsThatOfWhatGoesOnBeside) {
  BuildSteps steps;
  steps.Take(BuildSteps::kWholeBuild, "Pulling x:1\n", At(0));
  steps.Fail(0, At(1));
  EXPECT_THAT(StatesOf(steps), ElementsAre(State::kFailed));
  BuildSteps broken;
  broken.Take(0, "Step 1/2 : RUN x\n", At(0));
  broken.Fail(0, At(1));
  EXPECT_THAT(StatesOf(broken), ElementsAre(State::kCanceled));
}

TEST(BuildSteps, WhereTheErrorIsIsARemark) {
  BuildSteps steps;
  steps.Take(BuildSteps::kWholeBuild, "Dockerfile:2\n--------\n", At(0));
  EXPECT_THAT(steps.remarks(), ElementsAre("Dockerfile:2", "--------"));
}

}  // namespace
}  // namespace berth::cli
