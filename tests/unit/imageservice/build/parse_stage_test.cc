// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/imageservice/build/instruction_under_test.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using Declaration = ArgInstruction::Declaration;

TEST(ParseFrom, HasABaseAndPerhapsAName) {
  const FromInstruction from =
      ParseAs<FromInstruction>("FROM --platform=$BUILDPLATFORM a/b:c@sha256:d as Web.1-x");
  EXPECT_EQ(from.base, "a/b:c@sha256:d");
  EXPECT_EQ(from.name, "web.1-x");
  EXPECT_EQ(from.platform, "$BUILDPLATFORM");
  EXPECT_EQ(ParseAs<FromInstruction>("FROM scratch").name, "");
}

TEST(ParseArg, HasValuesOrNot) {
  EXPECT_THAT(ParseAs<ArgInstruction>("ARG a b= c=\"d e\" f=g=h").declarations,
              ElementsAre(Declaration{"a", std::nullopt}, Declaration{"b", ""},
                          Declaration{"c", "\"d e\""}, Declaration{"f", "g=h"}));
}

TEST(ParseOnBuild, KeepsItsTrigger) {
  EXPECT_EQ(ParseAs<OnBuildInstruction>("ONBUILD  RUN --network=none a").trigger,
            "RUN --network=none a");
  EXPECT_EQ(ParseAs<OnBuildInstruction>("ONBUILD RUN <<E\na\nE\n").trigger, "RUN <<E\na\nE");
}

TEST(ParseShell, IsJson) {
  EXPECT_THAT(ParseAs<ShellInstruction>(R"(SHELL ["/bin/bash", "-c"])").words,
              ElementsAre("/bin/bash", "-c"));
}

TEST(ParseStage, RefusesTheRest) {
  ExpectRefusals({
      {"FROM", "FROM requires either one or three arguments"},
      {"FROM a b", "FROM requires either one or three arguments"},
      {"FROM a is b", "FROM requires either one or three arguments"},
      {"FROM a AS 1b",
       "invalid name for build stage: \"1b\", name can't start with a number or "
       "contain symbols"},
      {"FROM a AS b/c", "invalid name for build stage"},
      {"ARG", "ARG requires at least one argument"},
      {"ARG =x", "ARG names can not be blank"},
      {"ONBUILD", "ONBUILD requires at least one argument"},
      {"ONBUILD onbuild RUN a", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
      {"ONBUILD FROM a", "FROM isn't allowed as an ONBUILD trigger"},
      {"ONBUILD maintainer a", "MAINTAINER isn't allowed as an ONBUILD trigger"},
      {"SHELL /bin/sh -c", "SHELL requires the arguments to be in JSON form"},
      {"SHELL []", "SHELL requires at least one argument"},
  });
}

}  // namespace
}  // namespace berth::imageservice
