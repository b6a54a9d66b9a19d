// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_screen.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/cli/terminal_text.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(100);

absl::Time At(double seconds) {
  return kStart + absl::Seconds(seconds);
}

class BuildScreenTest : public testing::Test {
 protected:
  std::vector<std::string> Shown(double seconds) const {
    return BuildScreen(steps_, kStart, At(seconds), screen_);
  }
  std::vector<std::string> Summary(double seconds) const {
    return BuildSummary(steps_, kStart, At(seconds), screen_);
  }

  BuildSteps steps_;
  Screen screen_{12, 41, false};
};

TEST_F(BuildScreenTest, ALineAStepWithItsSecondsAtTheRight) {
  steps_.Take(0, "Step 1/3 : FROM x\n ---> 0\n", At(0.04));
  steps_.Take(0, "Step 2/3 : RUN a\n ---> Using cache\n ---> 0\nStep 3/3 : RUN b\n", At(1));
  EXPECT_THAT(Shown(2.5), ElementsAre("[+] Building 2.5s (2/3)",                   //
                                      " => [1/3] FROM x                    0.0s",  //
                                      " => CACHED [2/3] RUN a              0.0s",  //
                                      " => [3/3] RUN b                     1.5s"));
}

TEST_F(BuildScreenTest, NamesAreCutWhereSecondsAre) {
  steps_.Take(0, "Step 1/3 : RUN \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad 0123456789abcdefghi\n",
              At(0));
  const std::vector<std::string> lines = Shown(100);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1], " => [1/3] RUN \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad 0123456789a  100.0s");
  EXPECT_EQ(ColumnsOf(lines[1]), screen_.columns - 1);
  screen_.columns = 20;  // too narrow for both
  EXPECT_EQ(Shown(1)[1], " => [1/3] RUN \xe4\xb8\xad\xe4\xb8\xad");
  screen_.columns = 1;
  EXPECT_THAT(Shown(1), ElementsAre("", ""));
}

TEST_F(BuildScreenTest, TheLastWordsOfWhatRunsAreInAWindow) {
  steps_.Take(0, "Step 1/3 : RUN a\n ---> Running in aaa\n", At(0));
  for (int i = 1; i <= 9; ++i) {
    steps_.Take(0, absl::StrCat("line ", i, "\n"), At(0));
  }
  steps_.Take(0, "and", At(0));
  EXPECT_THAT(Shown(1), ElementsAre("[+] Building 1.0s (0/3)",                   //
                                    " => [1/3] RUN a                     1.0s",  //
                                    " => => # line 5",                           //
                                    " => => # line 6",                           //
                                    " => => # line 7",                           //
                                    " => => # line 8",                           //
                                    " => => # line 9",                           //
                                    " => => # and"));
  screen_.rows = 5;
  EXPECT_THAT(Shown(1), ElementsAre("[+] Building 1.0s (0/3)",                   //
                                    " => [1/3] RUN a                     1.0s",  //
                                    " => => # line 9",                           //
                                    " => => # and"));
  screen_.rows = 3;
  EXPECT_EQ(Shown(1).size(), 2u);
  screen_.rows = 2;
  EXPECT_EQ(Shown(1).size(), 1u);
  screen_.rows = 1;
  EXPECT_TRUE(Shown(1).empty());
}

TEST_F(BuildScreenTest, WhatHasEndedLongestAgoMakesRoom) {
  steps_.Take(1, "Step 20/20 : RUN slow\n", At(0));
  for (int i = 1; i < 19; ++i) {
    steps_.Take(0, absl::StrCat("Step ", i, "/20 : RUN ", i, "\n ---> 0\n"), At(0));
  }
  const std::vector<std::string> lines = Shown(1);
  ASSERT_EQ(lines.size(), screen_.rows - 1);
  EXPECT_EQ(lines[1], " => [20/20] RUN slow                1.0s");
  EXPECT_EQ(lines[2], " => [10/20] RUN 10                  0.0s");
  EXPECT_EQ(lines.back(), " => [18/20] RUN 18                  0.0s");
  EXPECT_EQ(Summary(1).size(), 20u);
}

TEST_F(BuildScreenTest, WhatHasBegunFirstMayHaveEndedLast) {
  steps_.Take(1, "Step 20/20 : RUN slow\n", At(0));
  for (int i = 1; i < 19; ++i) {
    steps_.Take(0, absl::StrCat("Step ", i, "/20 : RUN ", i, "\n ---> 0\n"), At(1));
  }
  steps_.Take(1, " ---> 0\n", At(2));
  EXPECT_EQ(Shown(2)[1], " => [20/20] RUN slow                2.0s");
}

TEST_F(BuildScreenTest, ColoursSayHowItWent) {
  screen_.has_colours = true;
  steps_.Take(BuildSteps::kWholeBuild, "[Warning] old\n", At(0));
  steps_.Take(0, "Step 1/3 : FROM x\n ---> 0\nStep 2/3 : RUN a\n ---> Running in aaa\nhi\n", At(0));
  EXPECT_THAT(Shown(0), ElementsAre("[+] Building 0.0s (1/3)",                                  //
                                    "\x1b[33m => WARN: old\x1b[0m",                             //
                                    "\x1b[34m => [1/3] FROM x                    0.0s\x1b[0m",  //
                                    " => [2/3] RUN a                     0.0s",                 //
                                    "\x1b[2m => => # hi\x1b[0m"));
  steps_.Fail(2, At(0));
  EXPECT_EQ(Summary(0)[3], "\x1b[31m => ERROR [2/3] RUN a               0.0s\x1b[0m");
}

TEST_F(BuildScreenTest, ASummaryOfASuccess) {
  steps_.Take(0, "Step 1/1 : FROM x\n ---> 0\n", At(0));
  steps_.NameImage("1");
  steps_.Take(BuildSteps::kWholeBuild, "Successfully built 1\nSuccessfully tagged a:1\n", At(0));
  steps_.Succeed(At(1));
  EXPECT_THAT(Summary(1), ElementsAre("[+] Building 1.0s (2/2) FINISHED",          //
                                      " => [1/1] FROM x                    0.0s",  //
                                      " => exporting to image              1.0s",  //
                                      " => => writing image 1",                    //
                                      " => => naming to docker.io/library/a:1"));
}

TEST_F(BuildScreenTest, ASummaryOfAFailureHasAllThatTheStepHasSaid) {
  steps_.Take(0, "Step 1/2 : FROM x\n ---> 0\nStep 2/2 : RUN a\n ---> Running in aaa\n", At(0));
  for (int i = 1; i <= 9; ++i) {
    steps_.Take(0, absl::StrCat("line ", i, "\n"), At(i * 12.5));
  }
  steps_.Take(BuildSteps::kWholeBuild, "Dockerfile:2\n", At(115));
  steps_.Fail(2, At(115));
  const std::vector<std::string> lines = Summary(115);
  ASSERT_EQ(lines.size(), 16u);
  EXPECT_EQ(lines[0], "[+] Building 115.0s (2/2) FINISHED");
  EXPECT_EQ(lines[2], " => ERROR [2/2] RUN a             115.0s");
  EXPECT_EQ(lines[3], "------");
  EXPECT_EQ(lines[4], " > [2/2] RUN a:");
  EXPECT_EQ(lines[5], "12.50 line 1");
  EXPECT_EQ(lines[13], "112.5 line 9");
  EXPECT_EQ(lines[14], "------");
  EXPECT_EQ(lines[15], "Dockerfile:2");
}

TEST_F(BuildScreenTest, WhereNobodySaysWhatFailedAllHaveSaidIt) {
  steps_.Take(0, "Step 1/2 : RUN a\n ---> Running in aaa\nwhy\n", At(0));
  steps_.Take(1, "Step 2/2 : RUN b\n ---> Running in bbb\n", At(0));
  steps_.Fail(0, At(1));
  EXPECT_THAT(Summary(1), ElementsAre("[+] Building 1.0s (2/2) FINISHED",          //
                                      " => CANCELED [1/2] RUN a            1.0s",  //
                                      " => CANCELED [2/2] RUN b            1.0s",  //
                                      "------",                                    //
                                      " > [1/2] RUN a:",                           //
                                      "0.000 why",                                 //
                                      "------"));
}

}  // namespace
}  // namespace berth::cli
