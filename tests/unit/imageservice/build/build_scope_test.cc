// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_scope.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/build/dockerfile_parser.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

ImageDraft With(const std::vector<std::string>& environment) {
  const Json document = {{"config", {{"Env", environment}}}};
  return *ImageDraft::On(FormatJson(document));
}
Dockerfile Parse(absl::string_view text) {
  absl::StatusOr<Dockerfile> file = ParseDockerfile(text);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.value_or(Dockerfile());
}

GlobalScope Scope(absl::string_view text, VariableMap given) {
  absl::StatusOr<GlobalScope> scope = GlobalScope::New(
      Parse(text), std::move(given), PlatformArguments("linux/arm/v7", "linux/amd64", ""));
  EXPECT_TRUE(scope.ok()) << scope.status();
  return *std::move(scope);
}

ArgInstruction Arg(const std::string& text) {
  absl::StatusOr<Instruction> instruction = ParseInstruction("ARG " + text);
  EXPECT_TRUE(instruction.ok()) << instruction.status();
  return std::get<ArgInstruction>(instruction->what);
}

TEST(GlobalScope, GivesWhatWasGivenBeforeWhatTheFileSays) {
  const GlobalScope scope =
      Scope("ARG A=1\nARG B=${A}-$TARGETARCH\nARG C\nARG D=x\nFROM scratch\n", {{"D", "given"}});
  EXPECT_THAT(scope.Find("A"), Optional(std::string("1")));
  EXPECT_THAT(scope.Find("B"), Optional(std::string("1-arm")));
  EXPECT_EQ(scope.Find("C"), std::nullopt);
  EXPECT_THAT(scope.Find("D"), Optional(std::string("given")));
  EXPECT_THAT(scope.Find("TARGETVARIANT"), Optional(std::string("v7")));
  EXPECT_THAT(scope.Find("BUILDPLATFORM"), Optional(std::string("linux/amd64")));
}

TEST(GlobalScope, SaysWhichLineCannotBeExpanded) {
  EXPECT_THAT(GlobalScope::New(Parse("ARG A=1\nARG B=${C:?wanted}\nFROM scratch\n"), {}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2")));
}

TEST(GlobalScope, ValuesTogetherHaveALimit) {
  const std::string large(kMaxExpandedWord, 'x');
  std::string text;
  for (size_t i = 0; i < kMaxExpandedWords / kMaxExpandedWord; ++i) {
    absl::StrAppend(&text, "ARG A", i, "=$TARGETOS\n");
  }
  const VariableMap platform = {{"TARGETOS", large}};
  EXPECT_THAT(GlobalScope::New(Parse(text + "FROM scratch\n"), {}, platform), IsOk());
  EXPECT_THAT(GlobalScope::New(Parse(text + "ARG B=x\nFROM scratch\n"), {}, platform),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("come to more than")));
}

TEST(StageScope, SeesWhatItDeclaresOnly) {
  const GlobalScope global =
      Scope("ARG A=1\nFROM scratch\n", {{"GIVEN", "g"}, {"HTTP_PROXY", "http://p"}});
  StageScope stage(global);
  const ImageDraft image = With({});
  EXPECT_EQ(stage.Find("A", image), std::nullopt);
  EXPECT_EQ(stage.Find("GIVEN", image), std::nullopt);
  ASSERT_THAT(stage.Declare(Arg("A"), '\\', image), IsOk());
  ASSERT_THAT(stage.Declare(Arg("GIVEN=mine B=${A}2 EMPTY= UNSET TARGETOS"), '\\', image), IsOk());
  EXPECT_THAT(stage.Find("B", image), Optional(std::string("12")));
  EXPECT_THAT(stage.ForRun(image),
              ElementsAre("A=1", "B=12", "EMPTY=", "GIVEN=g", "TARGETOS=linux"));
  EXPECT_THAT(stage.ProxiesForRun(image), ElementsAre("HTTP_PROXY=http://p"));
}

TEST(StageScope, TheEnvironmentWins) {
  const GlobalScope global = Scope("FROM scratch\n", {{"A", "given"}, {"no_proxy", "x"}});
  StageScope stage(global);
  const ImageDraft image = With({"A=env", "no_proxy=y", "AB=1"});
  ASSERT_THAT(stage.Declare(Arg("A=1 C=$A"), '\\', image), IsOk());
  EXPECT_THAT(stage.Find("A", image), Optional(std::string("env")));
  EXPECT_THAT(stage.Find("A"), Optional(std::string("given")));
  EXPECT_THAT(stage.ForRun(image), ElementsAre("C=env"));
  EXPECT_THAT(stage.ProxiesForRun(image), IsEmpty());
}

TEST(UnusedArguments, AreThoseThatNoStageDeclares) {
  const Dockerfile file = Parse("ARG A\nFROM scratch AS x\nARG B\nFROM scratch\n");
  EXPECT_THAT(UnusedArguments(file, {{"A", ""}, {"B", ""}, {"C", ""}, {"http_proxy", ""}}),
              ElementsAre("C"));
}

}  // namespace
}  // namespace berth::imageservice
