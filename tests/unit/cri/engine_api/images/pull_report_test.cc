// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/pull_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/no_threads.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kLayer = "sha256:" + std::string(64, 'a');

TEST(PullReport, SaysWhatBecomesOfALayer) {
  std::string said;
  PullReport report([&](absl::string_view lines) { said += std::string(lines); });
  report.Tell({kLayer, 10, 100});
  report.Tell({kLayer, 100, 100});
  report.Finish(true);
  EXPECT_THAT(said, HasSubstr(ProgressLine("Pulling fs layer", "aaaaaaaaaaaa", 0, 0)));
  EXPECT_THAT(said, HasSubstr(ProgressLine("Download complete", "aaaaaaaaaaaa", 0, 0)));
  EXPECT_THAT(said, HasSubstr(ProgressLine("Pull complete", "aaaaaaaaaaaa", 0, 0)));
}

TEST(PullReport, CompletesNothingOfAFailedPull) {
  std::string said;
  {
    PullReport report([&](absl::string_view lines) { said += std::string(lines); });
    report.Tell({kLayer, 10, 100});
  }
  EXPECT_THAT(said, HasSubstr(R"("progressDetail":{"current":10,"total":100})"));
  EXPECT_THAT(said, Not(HasSubstr("complete")));
}

TEST(PullReport, SaysAllAtTheEndWhereThereIsNoThread) {
  test::ExpectWithoutThreads([] {
    std::string said;
    PullReport report([&](absl::string_view lines) { said += std::string(lines); });
    report.Tell({kLayer, 100, 100});
    report.Finish(true);
    return said.find("Pulling fs layer") < said.find("Pull complete") &&
           said.find("Pull complete") != std::string::npos;
  });
}

TEST(StatusLine, HasAnIdWhereThereIsOne) {
  EXPECT_EQ(StatusLine("x"), "{\"status\":\"x\"}\r\n");
  EXPECT_EQ(StatusLine("x", "y"), "{\"id\":\"y\",\"status\":\"x\"}\r\n");
}

}  // namespace
}  // namespace berth::cri
