// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/progress_display.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

using Style = ProgressDisplay::Style;

constexpr char kDownloading[] =
    "{\"status\":\"Downloading\",\"id\":\"abc\",\"progressDetail\":{\"current\":1,\"total\":2}}\n";
constexpr char kPulled[] = "{\"status\":\"Pull complete\",\"id\":\"abc\",\"progressDetail\":{}}\n";

class ProgressDisplayTest : public testing::Test {
 protected:
  // Each piece comes late enough to be drawn.
  std::string Shown(ProgressDisplay& display, absl::string_view bytes) {
    now_ += absl::Seconds(1);
    std::string text = display.Take(bytes, now_, screen_);
    EXPECT_TRUE(display.status().ok()) << display.status();
    return text;
  }
  std::string End(ProgressDisplay& display) { return display.End(display.status(), now_, screen_); }

  absl::Time now_ = absl::UnixEpoch();
  Screen screen_{24, 100, false};
  ProgressDisplay plain_{Style::kPlain, now_};
  ProgressDisplay bars_{Style::kBars, now_};
  ProgressDisplay steps_{Style::kSteps, now_};
  ProgressDisplay lines_{Style::kLines, now_};
};

TEST_F(ProgressDisplayTest, TellsEachNewThingOnceOffATerminal) {
  EXPECT_EQ(Shown(plain_, "{\"status\":\"Pulling\"}\r\n"), "Pulling\n");
  EXPECT_EQ(Shown(plain_, kDownloading), "");
  EXPECT_EQ(Shown(plain_, kPulled), "abc: Pull complete\n");
  EXPECT_EQ(Shown(plain_, "{\"stream\":\"Step 1/2 : FROM x\\n\"}\n"), "Step 1/2 : FROM x\n");
  EXPECT_EQ(plain_.Look(now_ + absl::Hours(1), screen_), "");
  EXPECT_EQ(End(plain_), "");
}

TEST_F(ProgressDisplayTest, ChangesALayersLineOnATerminal) {
  EXPECT_EQ(Shown(bars_, kDownloading),
            absl::StrCat("\x1b[2Kabc: Downloading ", ProgressBar(1, 2), "\n"));
  EXPECT_EQ(Shown(bars_, absl::StrCat("{\"status\":\"Waiting\",\"id\":\"def\"}\n", kPulled)),
            "\x1b[1A\r\x1b[2Kabc: Pull complete\n\x1b[2Kdef: Waiting\n");
  EXPECT_EQ(Shown(bars_, "{\"status\":\"Digest: x\"}\n"),
            "\x1b[2A\r\x1b[2Kabc: Pull complete\n\x1b[2Kdef: Waiting\nDigest: x\n");
  EXPECT_EQ(End(bars_), "");
}

TEST_F(ProgressDisplayTest, DrawsNoMoreOftenThanPeopleSee) {
  EXPECT_NE(Shown(bars_, kDownloading), "");
  EXPECT_EQ(bars_.Take(kPulled, now_ + absl::Milliseconds(99), screen_), "");
  EXPECT_EQ(bars_.Look(now_ + absl::Milliseconds(100), screen_),
            "\x1b[1A\r\x1b[2Kabc: Pull complete\n");
  EXPECT_EQ(bars_.Look(now_ + absl::Seconds(9), screen_), "");
}

TEST_F(ProgressDisplayTest, NoLineWraps) {
  screen_.columns = 60;
  EXPECT_EQ(Shown(bars_, kDownloading),
            absl::StrCat("\x1b[2Kabc: Downloading ", ProgressBar(1, 2, 33), "\n"));
  screen_.columns = 30;
  EXPECT_EQ(Shown(bars_, kDownloading), "\x1b[1A\r\x1b[2Kabc: Downloading 1B/2B\n");
  screen_.columns = 10;
  EXPECT_EQ(Shown(bars_, kDownloading), "\x1b[1A\r\x1b[2Kabc: Down\n");
}

TEST_F(ProgressDisplayTest, WhatIsDrawnOverIsOneLine) {
  EXPECT_EQ(Shown(bars_, "{\"status\":\"a\\tb\\n\",\"id\":\"x\\ny\"}\n"), "\x1b[2Kx y: a b \n");
}

TEST_F(ProgressDisplayTest, WhereThereAreMoreLayersThanRowsThoseThatMoveAreShown) {
  screen_.rows = 3;
  Shown(bars_,
        "{\"status\":\"Waiting\",\"id\":\"a\"}\n{\"status\":\"Waiting\",\"id\":\"b\"}\n"
        "{\"status\":\"Waiting\",\"id\":\"c\"}\n");
  EXPECT_EQ(Shown(bars_, kDownloading),
            absl::StrCat("\x1b[2A\r\x1b[2Kc: Waiting\n\x1b[2Kabc: Downloading ", ProgressBar(1, 2),
                         "\n"));
  EXPECT_EQ(End(bars_), absl::StrCat("\x1b[2A\r\x1b[2Ka: Waiting\n\x1b[2Kb: Waiting\n"
                                     "\x1b[2Kc: Waiting\n\x1b[2Kabc: Downloading ",
                                     ProgressBar(1, 2), "\n"));
}

TEST_F(ProgressDisplayTest, ABuildHasAScreen) {
  EXPECT_EQ(steps_.Look(now_, screen_), "\x1b[2K[+] Building 0.0s (0/0)\n");
  const std::string step = Shown(steps_, "{\"stream\":\"Step 1/1 : FROM x\\n\",\"stage\":0}\n");
  EXPECT_TRUE(absl::StrContains(step, "[+] Building 1.0s (0/1)\n")) << step;
  EXPECT_TRUE(absl::StrContains(step, " => [1/1] FROM x ")) << step;
  const std::string later = steps_.Look(now_ + absl::Seconds(2), screen_);
  EXPECT_TRUE(absl::StrContains(later, "[+] Building 3.0s (0/1)\n")) << later;
  EXPECT_TRUE(absl::StrContains(later, " 2.0s\n")) << later;
  Shown(steps_,
        "{\"stream\":\" ---> 0123456789ab\\n\",\"stage\":0}\n{\"aux\":{\"ID\":\"sha256:1\"}}\n"
        "{\"stream\":\"Successfully built 1\\n\"}\n");
  EXPECT_EQ(steps_.Result("ID"), "sha256:1");
  const std::string end = End(steps_);
  EXPECT_TRUE(absl::StrContains(end, "(2/2) FINISHED\n")) << end;
  EXPECT_TRUE(absl::StrContains(end, " => => writing image sha256:1\n")) << end;
}

TEST_F(ProgressDisplayTest, ABuildThatFailsSaysInWhichStep) {
  Shown(steps_,
        "{\"stream\":\"Step 1/3 : FROM x\\n\",\"stage\":0}\n"
        "{\"stream\":\"Step 3/3 : FROM y\\n\",\"stage\":1}\n");
  EXPECT_EQ(steps_.Take("{\"error\":\"no\",\"errorDetail\":{\"message\":\"no\",\"step\":3}}\n",
                        now_, screen_),
            "");
  const std::string end = End(steps_);
  EXPECT_TRUE(absl::StrContains(end, " => CANCELED [1/3] FROM x ")) << end;
  EXPECT_TRUE(absl::StrContains(end, " => ERROR [3/3] FROM y ")) << end;
}

TEST_F(ProgressDisplayTest, OffATerminalABuildsStepsAreLines) {
  EXPECT_EQ(Shown(lines_, "{\"stream\":\"Step 1/1 : FROM x\\n\",\"stage\":0}\n"),
            "#1 [1/1] FROM x\n");
  EXPECT_EQ(lines_.Take("{\"stream\":\" ---> 0\\n\",\"stage\":0}\n", now_ + absl::Milliseconds(99),
                        screen_),
            "");
  EXPECT_EQ(lines_.Look(now_ + absl::Milliseconds(100), screen_),
            "#1 DONE 0.1s\n\n#2 exporting to image\n");
  EXPECT_EQ(Shown(lines_, "{\"aux\":{\"ID\":\"sha256:1\"}}\n"), "");
  EXPECT_EQ(End(lines_), "#2 writing image sha256:1 done\n#2 DONE 0.9s\n");
  EXPECT_EQ(lines_.Result("ID"), "sha256:1");
}

TEST_F(ProgressDisplayTest, EmptyLinesAreNotLostForComingFast) {
  Shown(lines_, "{\"stream\":\"Step 1/1 : RUN x\\n ---> Running in aaa\\n\",\"stage\":0}\n");
  std::string newlines;
  for (int i = 0; i < 32 << 10; ++i) {
    newlines += "\\n";
  }
  const std::string few = "{\"stream\":\"\\n\\n\",\"stage\":0}\n";
  const std::string most = absl::StrCat("{\"stream\":\"", newlines, "\",\"stage\":0}\n");
  std::string told;
  for (int i = 0; i < 10; ++i) {
    told += lines_.Take(few, now_, screen_) + lines_.Take(most, now_, screen_);
  }
  EXPECT_GT(told.size(), 9u << 15);
  EXPECT_FALSE(absl::StrContains(told, "not kept"));
}

TEST_F(ProgressDisplayTest, LinesAreNotLostForComingFast) {
  Shown(lines_, "{\"stream\":\"Step 1/1 : RUN x\\n ---> Running in aaa\\n\",\"stage\":0}\n");
  const std::string message =
      absl::StrCat("{\"stream\":\"", std::string(1000, 'x'), "\\n\",\"stage\":0}\n");
  size_t told = 0;
  for (int i = 0; i < 5000; ++i) {
    told += lines_.Take(message, now_, screen_).size();
  }
  EXPECT_GT(told, 4950u * 1000u);
  EXPECT_EQ(lines_.Take("{\"error\":\"no\",\"errorDetail\":{\"message\":\"no\",\"step\":1}}\n",
                        now_, screen_),
            "");
  const std::string end = End(lines_);
  EXPECT_FALSE(absl::StrContains(end, "not kept")) << end;
  EXPECT_TRUE(absl::StrContains(end, "#1 ERROR: no\n------\n > [1/1] RUN x:\n")) << end;
}

TEST_F(ProgressDisplayTest, ABuildThatIsRefusedShowsNothing) {
  const absl::Status refusal = absl::InvalidArgumentError("no");
  EXPECT_EQ(lines_.End(refusal, now_, screen_), "");
  EXPECT_EQ(steps_.End(refusal, now_, screen_), "");
  EXPECT_NE(steps_.Look(now_, screen_), "");
  EXPECT_EQ(steps_.End(refusal, now_, screen_), "\x1b[1A\r\x1b[J");
}

TEST_F(ProgressDisplayTest, WaitsForTheEndOfAMessage) {
  EXPECT_EQ(Shown(plain_, "{\"status\":"), "");
  EXPECT_EQ(Shown(plain_, "\"Pulling\"}\n{"), "Pulling\n");
}

TEST_F(ProgressDisplayTest, FailsWithTheDaemonsWordsAfterWhatCameBefore) {
  EXPECT_EQ(
      plain_.Take("{\"stream\":\"before\\n\"}\n"
                  "{\"errorDetail\":{\"code\":7,\"message\":\"no \\u001b[2J\"},\"error\":\"x\"}\n"
                  "{\"stream\":\"after\"}\n",
                  now_, screen_),
      "before\n");
  EXPECT_EQ(plain_.status().message(), "no ?[2J");
  EXPECT_EQ(plain_.error_code(), 7);
}

TEST_F(ProgressDisplayTest, RefusesWhatIsNoMessage) {
  EXPECT_EQ(plain_.Take("no json\n", now_, screen_), "");
  EXPECT_FALSE(plain_.status().ok());
  EXPECT_EQ(plain_.error_code(), 0);
  EXPECT_EQ(bars_.Take(std::string(kMaxProgressMessage + 1, 'x'), now_, screen_), "");
  EXPECT_EQ(bars_.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ProgressDisplayTest, KeepsResults) {
  EXPECT_EQ(Shown(plain_, "{\"aux\":{\"ID\":\"sha256:1\"}}\n{\"aux\":{\"ID\":\"sha256:2\"}}\n"),
            "");
  EXPECT_EQ(plain_.Result("ID"), "sha256:2");
  EXPECT_EQ(plain_.Result("other"), berth::Json::object());
}

TEST(ProgressBar, IsAsLongAsItsShare) {
  EXPECT_EQ(ProgressBar(0, 10), "");
  EXPECT_EQ(ProgressBar(5, 0), "5B");
  EXPECT_EQ(ProgressBar(11, 10), "11B");
  EXPECT_EQ(ProgressBar(10, 10), "[" + std::string(49, '=') + ">]  10B/10B");
  EXPECT_EQ(ProgressBar(5, 10),
            "[" + std::string(25, '=') + ">" + std::string(24, ' ') + "]  5B/10B");
  EXPECT_EQ(ProgressBar(5, 10, 4), "[==> ]  5B/10B");
  EXPECT_EQ(ProgressBar(5, 10, 0), "5B/10B");
}

}  // namespace
}  // namespace berth::cli
