// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/progress_display.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

constexpr char kDownloading[] =
    "{\"status\":\"Downloading\",\"id\":\"abc\",\"progressDetail\":{\"current\":1,\"total\":2}}\n";

std::string Shown(ProgressDisplay& display, absl::string_view bytes) {
  const std::string text = display.Take(bytes);
  EXPECT_TRUE(display.status().ok()) << display.status();
  return text;
}

TEST(ProgressDisplay, TellsEachNewThingOnceOffATerminal) {
  ProgressDisplay display(false);
  EXPECT_EQ(Shown(display, "{\"status\":\"Pulling\"}\r\n"), "Pulling\n");
  EXPECT_EQ(Shown(display, kDownloading), "");
  EXPECT_EQ(Shown(display, "{\"status\":\"Pull complete\",\"id\":\"abc\",\"progressDetail\":{}}\n"),
            "abc: Pull complete\n");
  EXPECT_EQ(Shown(display, "{\"stream\":\"Step 1/2 : FROM x\\n\"}\n"), "Step 1/2 : FROM x\n");
}

TEST(ProgressDisplay, ChangesALayersLineOnATerminal) {
  ProgressDisplay display(true);
  const std::string first = Shown(display, kDownloading);
  EXPECT_EQ(first, "abc: Downloading " + ProgressBar(1, 2) + "\n");
  EXPECT_EQ(Shown(display, "{\"status\":\"Waiting\",\"id\":\"def\"}\n"), "def: Waiting\n");
  EXPECT_EQ(Shown(display, "{\"status\":\"Pull complete\",\"id\":\"abc\"}\n"),
            "\x1b[2A\x1b[2K\rabc: Pull complete\x1b[2B\r");
}

TEST(ProgressDisplay, WaitsForTheEndOfAMessage) {
  ProgressDisplay display(false);
  EXPECT_EQ(Shown(display, "{\"status\":"), "");
  EXPECT_EQ(Shown(display, "\"Pulling\"}\n{"), "Pulling\n");
}

TEST(ProgressDisplay, FailsWithTheDaemonsWordsAfterWhatCameBefore) {
  ProgressDisplay display(false);
  EXPECT_EQ(
      display.Take("{\"stream\":\"before\\n\"}\n"
                   "{\"errorDetail\":{\"code\":7,\"message\":\"no \\u001b[2J\"},\"error\":\"x\"}\n"
                   "{\"stream\":\"after\"}\n"),
      "before\n");
  EXPECT_EQ(display.status().message(), "no ?[2J");
  EXPECT_EQ(display.error_code(), 7);
}

TEST(ProgressDisplay, RefusesWhatIsNoMessage) {
  ProgressDisplay garbage(false);
  EXPECT_EQ(garbage.Take("no json\n"), "");
  EXPECT_FALSE(garbage.status().ok());
  EXPECT_EQ(garbage.error_code(), 0);
  ProgressDisplay endless(false);
  EXPECT_EQ(endless.Take(std::string(kMaxProgressMessage + 1, 'x')), "");
  EXPECT_EQ(endless.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(ProgressDisplay, KeepsResults) {
  ProgressDisplay display(false);
  EXPECT_EQ(Shown(display, "{\"aux\":{\"ID\":\"sha256:1\"}}\n{\"aux\":{\"ID\":\"sha256:2\"}}\n"),
            "");
  EXPECT_EQ(display.Result("ID"), "sha256:2");
  EXPECT_EQ(display.Result("other"), berth::Json::object());
}

TEST(ProgressBar, IsAsLongAsItsShare) {
  EXPECT_EQ(ProgressBar(0, 10), "");
  EXPECT_EQ(ProgressBar(5, 0), "5B");
  EXPECT_EQ(ProgressBar(11, 10), "11B");
  EXPECT_EQ(ProgressBar(10, 10), "[" + std::string(49, '=') + ">]  10B/10B");
  EXPECT_EQ(ProgressBar(5, 10),
            "[" + std::string(25, '=') + ">" + std::string(24, ' ') + "]  5B/10B");
}

}  // namespace
}  // namespace berth::cli
