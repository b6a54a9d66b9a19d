// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/environment.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using Strings = std::vector<std::string>;

v1::ContainerConfig Asking(const Strings& command, const Strings& args) {
  v1::ContainerConfig config;
  config.mutable_command()->Assign(command.begin(), command.end());
  config.mutable_args()->Assign(args.begin(), args.end());
  return config;
}

void SetVariable(v1::ContainerConfig& config, const std::string& key, const std::string& value) {
  v1::KeyValue* variable = config.add_envs();
  variable->set_key(key);
  variable->set_value(value);
}

TEST(Arguments, CommandReplacesTheImageAndArgsReplaceItsCommand) {
  struct Case {
    Strings entrypoint, image_command, command, args, expected;
  };
  const Case cases[] = {
      {{"/e"}, {"c"}, {}, {}, {"/e", "c"}},
      {{"/e"}, {"c"}, {}, {"a", "b"}, {"/e", "a", "b"}},
      {{"/e"}, {"c"}, {"/x", "y"}, {}, {"/x", "y"}},
      {{"/e"}, {"c"}, {"/x"}, {"a"}, {"/x", "a"}},
      {{}, {"c"}, {}, {}, {"c"}},
      {{}, {"c"}, {}, {"a"}, {"a"}},
      {{"/e"}, {}, {}, {}, {"/e"}},
      {{}, {}, {}, {"a"}, {"a"}},
  };
  for (const Case& c : cases) {
    ContainerImage image;
    image.entrypoint = c.entrypoint;
    image.command = c.image_command;
    EXPECT_THAT(PlanArguments(Asking(c.command, c.args), image), test::IsOkAndHolds(c.expected));
  }
}

TEST(Arguments, NothingToRunIsAnError) {
  EXPECT_THAT(PlanArguments({}, {}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PlanArguments(Asking({std::string("a\0b", 3)}, {}), {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Environment, RequestOverImageOverOurs) {
  ContainerImage image;
  image.environment = {"PATH=/image", "A=1", "B=2", "HOSTNAME=mine", "NOVALUE", "=x", "B=3"};
  v1::ContainerConfig config;
  SetVariable(config, "A", "9");
  SetVariable(config, "EMPTY", "");
  SetVariable(config, "BYTES", "\xff\n=");
  EXPECT_THAT(PlanEnvironment(config, image, "host", "/home/app"),
              test::IsOkAndHolds(ElementsAre("PATH=/image", "HOSTNAME=mine", "A=9", "B=3",
                                             "EMPTY=", "BYTES=\xff\n=", "HOME=/home/app")));
}

TEST(Environment, Defaults) {
  v1::ContainerConfig config;
  EXPECT_THAT(PlanEnvironment(config, {}, "host", ""),
              test::IsOkAndHolds(ElementsAre(kDefaultPath, "HOSTNAME=host", "HOME=/")));
  config.set_tty(true);
  EXPECT_THAT(PlanEnvironment(config, {}, "host", ""), test::IsOkAndHolds(Contains("TERM=xterm")));
  SetVariable(config, "TERM", "vt100");
  SetVariable(config, "HOME", "/h");
  EXPECT_THAT(
      PlanEnvironment(config, {}, "host", "/home/app"),
      test::IsOkAndHolds(ElementsAre(kDefaultPath, "TERM=vt100", "HOSTNAME=host", "HOME=/h")));
}

TEST(Environment, AnEmptyHomeIsReplaced) {
  v1::ContainerConfig config;
  SetVariable(config, "HOME", "");
  EXPECT_THAT(PlanEnvironment(config, {}, "host", "/home/app"),
              test::IsOkAndHolds(Contains("HOME=/home/app")));
}

TEST(Environment, AHomeFromTheImageThatIsNoPathIsNotUsed) {
  for (const char* home : {"relative", "/a\nb", "/a\x7f"}) {
    EXPECT_THAT(PlanEnvironment({}, {}, "host", home), test::IsOkAndHolds(Contains("HOME=/")));
  }
}

TEST(Environment, RefusesBadKeysAndNul) {
  for (const std::string& key : {std::string(), std::string("A=B"), std::string("A\0B", 3)}) {
    v1::ContainerConfig config;
    SetVariable(config, key, "x");
    EXPECT_THAT(PlanEnvironment(config, {}, "host", ""),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  v1::ContainerConfig config;
  SetVariable(config, "A", std::string("x\0y", 3));
  EXPECT_THAT(PlanEnvironment(config, {}, "host", ""),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(WorkingDirectory, IsCleanAndAbsolute) {
  struct Case {
    const char *request, *image, *expected;
  };
  const Case cases[] = {
      {"", "", "/"},       {"", "/srv", "/srv"},       {"/app", "/srv", "/app"},
      {"app", "", "/app"}, {"/a/../../b/.", "", "/b"}, {"/proc/self/fd/7", "", "/proc/self/fd/7"}};
  for (const Case& c : cases) {
    v1::ContainerConfig config;
    config.set_working_dir(c.request);
    ContainerImage image;
    image.working_directory = c.image;
    EXPECT_THAT(PlanWorkingDirectory(config, image), test::IsOkAndHolds(c.expected));
  }
}

}  // namespace
}  // namespace berth::runtime
