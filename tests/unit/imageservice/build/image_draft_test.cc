// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/image_draft.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/image/config.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kBase[] = R"({"architecture":"arm64","os":"linux","variant":"v8","x":1,
  "container":"c","rootfs":{"type":"layers","diff_ids":["sha256:1"]},
  "history":[{"created_by":"base"}],"created":"2020-01-01T00:00:00Z",
  "config":{"Env":["PATH=/bin","A=1"],"Cmd":["base"],"OnBuild":["RUN x"],"WorkingDir":"/w"}})";

Json Document(const ImageDraft& draft) {
  return *ParseJson(draft.Format(), 1 << 20);
}

ImageDraft OnBase() {
  return *ImageDraft::On(kBase);
}

TEST(ImageDraft, ScratchHasAPathAndAPlatform) {
  const Json document = Document(ImageDraft::Scratch("linux/arm/v7"));
  EXPECT_EQ(document["architecture"], "arm");
  EXPECT_EQ(document["variant"], "v7");
  EXPECT_EQ(document["config"]["Env"].size(), 1);
}

TEST(ImageDraft, KeepsWhatItDoesNotKnowAndNotWhatWasTheBasesAlone) {
  const Json document = Document(OnBase());
  EXPECT_EQ(document["x"], 1);
  EXPECT_FALSE(document.contains("rootfs"));
  EXPECT_FALSE(document.contains("container"));
  EXPECT_EQ(OnBase().created(), "2020-01-01T00:00:00Z");
  EXPECT_THAT(ImageDraft::On("[]"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ImageDraft::On(R"({"config":null})"), IsOk());
}

TEST(ImageDraft, EachInstructionHasItsMember) {
  ImageDraft draft = OnBase();
  draft.BeginStage();
  draft.SetVariable("A", "2");
  draft.SetVariable("B", "3");
  draft.SetLabel("l", "v");
  draft.SetMaintainer("me");
  draft.SetUser("1:2");
  draft.AddVolume("/v");
  draft.AddTrigger("COPY . .");
  draft.SetShell({"/bin/bash", "-c"});
  EXPECT_EQ(draft.SetWorkingDirectory("a/../b"), "/w/b");
  EXPECT_THAT(draft.AddPorts("80-81"), IsOk());
  EXPECT_THAT(draft.SetStopSignal("SIGINT"), IsOk());
  HealthCheckInstruction check;
  check.test = {"CMD", "x"};
  check.interval = absl::Seconds(2);
  check.retries = 3;
  draft.SetHealthCheck(check);
  const Json document = Document(draft);
  EXPECT_EQ(document["author"], "me");
  EXPECT_EQ(FormatJson(document["config"]),
            R"({"Cmd":["base"],"Env":["PATH=/bin","A=2","B=3"],)"
            R"("ExposedPorts":{"80/tcp":{},"81/tcp":{}},)"
            R"("Healthcheck":{"Interval":2000000000,"Retries":3,"Test":["CMD","x"]},)"
            R"("Labels":{"l":"v"},"OnBuild":["COPY . ."],"Shell":["/bin/bash","-c"],)"
            R"("StopSignal":"SIGINT","User":"1:2","Volumes":{"/v":{}},"WorkingDir":"/w/b"})");
  EXPECT_EQ(draft.SetWorkingDirectory("/x/"), "/x");
}

TEST(ImageDraft, ListsOfAnotherKindAreMadeAnew) {
  ImageDraft draft = *ImageDraft::On(R"({"config":{"Env":{"A":"1"},"OnBuild":"x"}})");
  draft.SetVariable("A", "2");
  draft.SetVariable("AB", "3");
  draft.SetVariable("A", "4");
  draft.AddTrigger("RUN y");
  EXPECT_THAT(draft.environment(), ElementsAre("A=4", "AB=3"));
  EXPECT_THAT(draft.triggers(), ElementsAre("RUN y"));
}

TEST(ImageDraft, AVariableHasThePlaceItHad) {
  ImageDraft draft = *ImageDraft::On(R"({"config":{"Env":["A=1","B",7,"A=2","C=3"]}})");
  for (const char* name : {"C", "A", "B", "D", "A=E", "D"}) {
    draft.SetVariable(name, "x");
  }
  EXPECT_THAT(draft.environment(), ElementsAre("A=x", "B=x", "A=2", "C=x", "D=x", "A=E=x"));
}

// What a search of the list from its beginning would find.
std::optional<std::string> FirstOf(const ImageDraft& draft, const std::string& name) {
  for (const std::string& entry : draft.environment()) {
    if (absl::StartsWith(entry, name + "=")) {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

TEST(ImageDraft, FindsTheFirstOfAVariable) {
  ImageDraft draft = *ImageDraft::On(
      R"({"config":{"Env":["B",7,"A=1","A=2","B=3","AB=","=nameless","C","D=x=y"]}})");
  EXPECT_EQ(draft.Variable("A"), "1");
  EXPECT_EQ(draft.Variable("AB"), "");
  EXPECT_EQ(draft.Variable("B"), "3");
  EXPECT_EQ(draft.Variable("C"), std::nullopt) << "it has no value";
  const auto check = [&draft](const std::string& after) {
    for (const char* name : {"A", "AB", "B", "C", "D", "E", "F", "", "PATH"}) {
      EXPECT_EQ(draft.Variable(name), FirstOf(draft, name)) << name << " after " << after;
    }
  };
  check("nothing");
  for (const char* name : {"B", "A", "C", "D", "E=F", "E", "E=F", "F", ""}) {
    draft.SetVariable(name, "new");
    check(name);
  }
}

TEST(ImageDraft, AnEntrypointForgetsTheCommandOfTheBaseOnly) {
  ImageDraft draft = OnBase();
  draft.SetEntrypoint({{"e"}, false});
  EXPECT_FALSE(Document(draft)["config"].contains("Cmd"));
  draft.SetCommand({{"run it"}, true});
  draft.SetEntrypoint({{"f"}, true});
  const Json document = Document(draft);
  EXPECT_EQ(FormatJson(document["config"]["Cmd"]), R"(["/bin/sh","-c","run it"])");
  EXPECT_EQ(FormatJson(document["config"]["Entrypoint"]), R"(["/bin/sh","-c","f"])");
}

TEST(ImageDraft, HasAHistory) {
  ImageDraft draft = OnBase();
  ASSERT_THAT(draft.AddHistory("ENV a=b", "2021-01-01T00:00:00Z", false), IsOk());
  ASSERT_THAT(draft.AddHistory("RUN x", "2022-01-01T00:00:00Z", true), IsOk());
  const Json document = Document(draft);
  EXPECT_EQ(document["created"], "2022-01-01T00:00:00Z");
  EXPECT_EQ(document["history"][1]["empty_layer"], true);
  EXPECT_FALSE(document["history"][2].contains("empty_layer"));
  EXPECT_EQ(document["history"][2]["created_by"], "RUN x");
}

TEST(ImageDraft, AHistoryHasALimit) {
  ImageDraft draft = OnBase();
  const std::string half(kMaxConfigSize / 2, 'x');
  EXPECT_THAT(draft.AddHistory(half, "", false), IsOk());
  EXPECT_THAT(draft.AddHistory(half, "", true), IsOk());
  EXPECT_THAT(draft.AddHistory("x", "", false), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ImageDraft, BeginsAStageWithoutTheTriggers) {
  ImageDraft draft = OnBase();
  EXPECT_THAT(draft.triggers(), ElementsAre("RUN x"));
  draft.BeginStage();
  EXPECT_THAT(draft.triggers(), IsEmpty());
  EXPECT_THAT(draft.environment(), ElementsAre("PATH=/bin", "A=1"));
  EXPECT_EQ(draft.working_directory(), "/w");
  EXPECT_THAT(draft.shell(), ElementsAre("/bin/sh", "-c"));
}

}  // namespace
}  // namespace berth::imageservice
