// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/build_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

imageservice::Image Image() {
  imageservice::Image image;
  image.id = "sha256:0123456789abcdef";
  return image;
}

TEST(BuildReport, TellsLinesAsTheClassicBuilder) {
  std::vector<std::string> lines;
  BuildReport report([&](absl::string_view line) { lines.emplace_back(line); }, false);
  report.Say("Step 1/1 : FROM x\n");
  report.Say("");
  report.Finish(Image(), {"docker.io/library/x:latest"});
  EXPECT_THAT(lines, ElementsAre("{\"stream\":\"Step 1/1 : FROM x\\n\"}\r\n",
                                 "{\"aux\":{\"ID\":\"sha256:0123456789abcdef\"}}\r\n",
                                 "{\"stream\":\"Successfully built 0123456789ab\\n\"}\r\n",
                                 "{\"stream\":\"Successfully tagged x:latest\\n\"}\r\n"));
}

TEST(BuildReport, CutsNoCharacter) {
  std::vector<std::string> lines;
  BuildReport report([&](absl::string_view line) { lines.emplace_back(line); }, false);
  report.Say("a\xE2\x82");
  report.Say("\xAC");
  EXPECT_THAT(lines, ElementsAre("{\"stream\":\"a\"}\r\n", "{\"stream\":\"\xE2\x82\xAC\"}\r\n"));
}

TEST(BuildReport, TellsStagesApart) {
  std::vector<std::string> lines;
  BuildReport report([&](absl::string_view line) { lines.emplace_back(line); }, false);
  report.SayOf(0, "a\xE2\x82");
  report.SayOf(1, "b");
  report.SayOf(0, "\xAC");
  EXPECT_THAT(
      lines, ElementsAre("{\"stage\":0,\"stream\":\"a\"}\r\n", "{\"stage\":1,\"stream\":\"b\"}\r\n",
                         "{\"stage\":0,\"stream\":\"\xE2\x82\xAC\"}\r\n"));
}

TEST(BuildReport, AQuietOneTellsTheOutcome) {
  std::vector<std::string> lines;
  BuildReport report([&](absl::string_view line) { lines.emplace_back(line); }, true);
  report.Say("Step");
  report.Finish(Image(), {"x"});
  EXPECT_THAT(lines, ElementsAre("{\"aux\":{\"ID\":\"sha256:0123456789abcdef\"}}\r\n",
                                 "{\"stream\":\"sha256:0123456789abcdef\\n\"}\r\n"));
}

TEST(BuildErrorLine, HasTheCommandsCode) {
  EXPECT_EQ(BuildErrorLine(absl::UnknownError("bad"), 3, 2),
            "{\"error\":\"bad\",\"errorDetail\":{\"code\":3,\"message\":\"bad\",\"step\":2}}\r\n");
  EXPECT_EQ(BuildErrorLine(absl::UnknownError("bad"), 0, 0),
            "{\"error\":\"bad\",\"errorDetail\":{\"message\":\"bad\"}}\r\n");
}

}  // namespace
}  // namespace berth::cri
