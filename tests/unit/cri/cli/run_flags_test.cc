// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/run_flags.h"

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;

TEST(ReadRunOptions, HasImageCommandAndWhatFilesSay) {
  test::TempDir directory;
  const std::string variables = directory.path() + "/env";
  const std::string profile = directory.path() + "/profile";
  std::ofstream(variables) << "# no\nA=1\n";
  std::ofstream(profile) << "{}";
  const std::string labels = directory.path() + "/labels";
  std::ofstream(labels) << "tier=db\n\n# no\n";
  RunWords said;
  said.words = {"nginx", "ls", "-l"};
  said.environment_files = {variables};
  said.options.environment = {"A=2"};
  said.label_files = {labels};
  said.options.labels = {"tier=web"};
  said.options.engine.security_options = {"seccomp=" + profile, "seccomp=unconfined"};
  const absl::StatusOr<RunOptions> options = ReadRunOptions(said);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->image, "nginx");
  EXPECT_THAT(options->command, ElementsAre("ls", "-l"));
  EXPECT_THAT(options->environment, ElementsAre("A=1", "A=2"));
  EXPECT_THAT(options->labels, ElementsAre("tier=db", "tier=web"));
  EXPECT_THAT(options->engine.security_options, ElementsAre("seccomp={}", "seccomp=unconfined"));
  std::ofstream(variables) << "A=1\nA B=1\n";
  EXPECT_THAT(ReadRunOptions(said), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                   "invalid env file (" + variables +
                                                       "): variable 'A B' contains whitespaces"));
  said.environment_files = {directory.path() + "/none"};
  EXPECT_TRUE(absl::IsNotFound(ReadRunOptions(said).status()));
}

TEST(ReadRunOptions, RefusesWhatDockerRefuses) {
  RunWords said;
  said.words = {"busybox"};
  said.options.remove = true;
  for (const char* restart : {"", "no"}) {
    said.options.engine.restart = restart;
    EXPECT_THAT(ReadRunOptions(said), test::IsOk()) << restart;
  }
  said.options.engine.restart = "always";
  EXPECT_THAT(ReadRunOptions(said),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "conflicting options: cannot specify both --restart and --rm"));
  said.options.remove = false;
  said.options.detach = true;
  said.options.engine.attached = {"STDOUT"};
  EXPECT_THAT(ReadRunOptions(said),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "conflicting options: cannot specify both --attach and --detach"));
  said.options.detach = false;
  EXPECT_THAT(ReadRunOptions(said)->engine.attached, ElementsAre("stdout"));
  said.options.working_directory = "there";
  EXPECT_THAT(ReadRunOptions(said),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "the working directory 'there' is invalid, it needs to be an "
                             "absolute path"));
}

}  // namespace
}  // namespace berth::cli
