// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_progress.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

BuildProgress Chosen(const std::string& asked, bool quiet, bool has_screen) {
  const absl::StatusOr<BuildProgress> chosen = ChooseBuildProgress(asked, quiet, has_screen);
  EXPECT_TRUE(chosen.ok()) << chosen.status();
  return chosen.value_or(BuildProgress::kNone);
}

TEST(ChooseBuildProgress, IsAScreenWhereThereIsOne) {
  for (const char* asked : {"", "auto"}) {
    EXPECT_EQ(Chosen(asked, false, true), BuildProgress::kScreen);
    EXPECT_EQ(Chosen(asked, false, false), BuildProgress::kPlain);
  }
  EXPECT_EQ(Chosen("tty", false, true), BuildProgress::kScreen);
  EXPECT_EQ(Chosen("plain", false, true), BuildProgress::kPlain);
}

TEST(ChooseBuildProgress, QuietIsSaidTwoWays) {
  EXPECT_EQ(Chosen("", true, true), BuildProgress::kNone);
  EXPECT_EQ(Chosen("quiet", false, true), BuildProgress::kNone);
  EXPECT_EQ(Chosen("quiet", true, false), BuildProgress::kNone);
}

TEST(ChooseBuildProgress, SaysWhatDoesNotGo) {
  EXPECT_THAT(ChooseBuildProgress("tty", false, false),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             "--progress=tty: the output is no terminal"));
  EXPECT_THAT(ChooseBuildProgress("plain", true, true),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "progress=plain and quiet cannot be used together"));
  for (const char* asked : {"rawjson", "fancy"}) {
    const absl::Status refused = ChooseBuildProgress(asked, false, true).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_NE(refused.message().find(asked), absl::string_view::npos) << refused;
  }
}

}  // namespace
}  // namespace berth::cli
