// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_plain.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTwo[] = "Step 1/9 : RUN a\n ---> Running in aaa\n";
constexpr char kOther[] = "Step 2/9 : RUN b\n ---> Running in bbb\n";

absl::Time At(double seconds) {
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

class BuildPlainTest : public testing::Test {
 protected:
  void Take(int64_t stage, absl::string_view text, double seconds) {
    steps_.Take(stage, text, At(seconds));
  }
  std::vector<std::string> Next(double seconds) {
    std::vector<std::string> lines = plain_.Next(steps_, At(seconds));
    steps_.Forget();
    return lines;
  }
  // Of two that go on at once the first is told of.
  void BeginTwo() {
    Take(0, kTwo, 0);
    EXPECT_THAT(Next(0), ElementsAre("#1 [1/9] RUN a"));
    Take(1, kOther, 0);
    EXPECT_THAT(Next(0.1), IsEmpty());
  }

  BuildSteps steps_;
  BuildPlain plain_;
};

TEST_F(BuildPlainTest, StepsHaveNumbersOutputAndAnOutcome) {
  Take(BuildSteps::kWholeBuild, "[Warning] old\n", 0);
  Take(0, "Step 1/3 : FROM x\n# Executing 1 build trigger\n", 0);
  EXPECT_THAT(Next(0), ElementsAre("#1 WARN: old", "", "#2 [1/3] FROM x",
                                   "#2 executing 1 build trigger done"));
  Take(0, " ---> 0\nStep 2/3 : RUN a\n ---> Running in aaa\nhello\n", 1);
  EXPECT_THAT(Next(1), ElementsAre("#2 DONE 1.0s", "", "#3 [2/3] RUN a", "#3 0.000 hello"));
  Take(0, "un", 2);
  EXPECT_THAT(Next(2), IsEmpty());
  Take(0, "til\x1b[31m\tnow\r\n", 13.5);
  EXPECT_THAT(Next(13.5), ElementsAre("#3 12.50 until now"));
  Take(0, " ---> Removed intermediate container aaa\n ---> 0\n", 14);
  Take(0, "Step 3/3 : CMD c\n ---> Using cache\n ---> 0\n", 14);
  steps_.NameImage("sha256:1");
  Take(BuildSteps::kWholeBuild, "Successfully built 1\nSuccessfully tagged h:5/a:1\n", 14);
  EXPECT_THAT(Next(14), ElementsAre("#3 DONE 13.0s", "", "#4 [3/3] CMD c", "#4 CACHED", "",
                                    "#5 exporting to image", "#5 writing image sha256:1 done",
                                    "#5 naming to h:5/a:1 done"));
  steps_.Succeed(At(14.2));
  EXPECT_THAT(plain_.End(steps_, "", At(14.2)), ElementsAre("#5 DONE 0.2s"));
}

TEST_F(BuildPlainTest, WhatAStepHasSaidLastIsToldAgainWhenItFails) {
  BeginTwo();
  for (int i = 1; i <= 12; ++i) {
    Take(1, absl::StrCat(i, "\n"), 0);
  }
  Take(BuildSteps::kWholeBuild, "Dockerfile:2\n", 1);
  steps_.Fail(2, At(1));
  const std::vector<std::string> lines = plain_.End(steps_, "no\x1b[2J\nway", At(1));
  ASSERT_THAT(lines, SizeIs(1 + 2 + 12 + 1 + 2 + kPlainLastWords + 2));
  EXPECT_EQ(lines[0], "#1 CANCELED");
  EXPECT_EQ(lines[1], "");
  EXPECT_EQ(lines[2], "#2 [2/9] RUN b");
  EXPECT_EQ(lines[3], "#2 0.000 1");
  EXPECT_EQ(lines[15], "#2 ERROR: no way");
  EXPECT_EQ(lines[16], "------");
  EXPECT_EQ(lines[17], " > [2/9] RUN b:");
  EXPECT_EQ(lines[18], "0.000 3");
  EXPECT_EQ(lines[28], "------");
  EXPECT_EQ(lines[29], "Dockerfile:2");
}

TEST_F(BuildPlainTest, WhatHasEndedIsToldOfFirstInItsOrder) {
  BeginTwo();
  Take(2, "Step 3/9 : FROM z\n", 0);
  Take(2, " ---> 0\n", 0.3);
  Take(1, " ---> Removed intermediate container bbb\n ---> 0\n", 0.2);
  Take(0, "go on\n", 0.4);
  EXPECT_THAT(Next(0.4), ElementsAre("#1 ...", "", "#2 [2/9] RUN b", "#2 DONE 0.2s", "",
                                     "#3 [3/9] FROM z", "#3 DONE 0.3s", "",  //
                                     "#1 [1/9] RUN a", "#1 0.400 go on"));
}

TEST_F(BuildPlainTest, WhoeverIsInterruptedHasTheTurnAgain) {
  BeginTwo();
  Take(1, " ---> Removed intermediate container bbb\n ---> 0\n", 0.2);
  EXPECT_THAT(Next(0.2), ElementsAre("#1 ...", "", "#2 [2/9] RUN b", "#2 DONE 0.2s"));
  EXPECT_THAT(Next(0.3), ElementsAre("", "#1 [1/9] RUN a"));
  EXPECT_THAT(Next(0.4), IsEmpty());
}

TEST_F(BuildPlainTest, WhenOneHasEndedItIsTheTurnOfAnother) {
  BeginTwo();
  Take(0, " ---> Removed intermediate container aaa\n ---> 0\n", 0.2);
  Take(1, "b\n", 0.2);
  EXPECT_THAT(Next(0.2), ElementsAre("#1 DONE 0.2s", "", "#2 [2/9] RUN b", "#2 0.200 b"));
}

TEST_F(BuildPlainTest, OfTwoThatSayAsMuchEachHasItsTurn) {
  BeginTwo();
  for (int second = 1; second <= 20; ++second) {
    Take(0, "a\n", second);
    Take(1, "b\n", second);
    for (const std::string& line : Next(second)) {
      if (line == "#1 ...") {
        EXPECT_EQ(second, 10);
        return;
      }
    }
  }
  FAIL() << "it has not been the other's turn";
}

TEST_F(BuildPlainTest, WhoeverHasMoreToSayHasTheTurnSooner) {
  BeginTwo();
  for (int tenth = 1; tenth < 100; ++tenth) {
    const double second = tenth / 10.0;
    Take(1, "b\nb\nb\n", second);
    if (const std::vector<std::string> lines = Next(second); !lines.empty()) {
      EXPECT_EQ(lines[0], "#1 ...");
      EXPECT_EQ(lines[2], "#2 [2/9] RUN b");
      EXPECT_THAT(lines, SizeIs(3U + 3U * static_cast<size_t>(tenth)));
      EXPECT_GT(second, 4.9);
      EXPECT_LT(second, 5.5);
      return;
    }
  }
  FAIL() << "it has not been its turn";
}

TEST_F(BuildPlainTest, NobodyWaitsForLong) {
  BeginTwo();
  for (int second = 1; second <= 20; ++second) {
    Take(0, std::string(1000, '\n'), second);
    for (const std::string& line : Next(second)) {
      if (line == "#1 ...") {
        EXPECT_EQ(second, 11);
        return;
      }
    }
  }
  FAIL() << "it has waited";
}

TEST_F(BuildPlainTest, NorUntilWhatItSaysIsLost) {
  BeginTwo();
  const std::string words(1000, 'b');
  for (size_t i = 0; i <= kMaxStepOutput / 2 / words.size(); ++i) {
    Take(1, words + "\n", 0.2);
  }
  EXPECT_EQ(Next(0.2)[0], "#1 ...");
  Take(0, std::string(kMaxStepOutput, '\n'), 0.3);
  const std::vector<std::string> lines = Next(0.3);
  EXPECT_EQ(lines[2], "#1 [1/9] RUN a");
  EXPECT_TRUE(absl::StrContains(lines[3], " lines are not kept)")) << lines[3];
}

}  // namespace
}  // namespace berth::cli
