// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/image_commit.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/json.h"
#include "imageservice/build/word_expansion.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;

Json Formatted(const CommitDraft& commit) {
  absl::StatusOr<std::string> text = FormatCommit(commit);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *ParseJson(*text, 1 << 20) : Json();
}

TEST(ImageCommit, StandsOnItsBaseWithTheContainersConfig) {
  CommitDraft commit;
  commit.base = R"({"os":"linux","architecture":"arm64","rootfs":{"x":1},"author":"before",
                    "config":{"Env":["A=b"],"User":"of the image"},
                    "history":[{"created_by":"one"}]})";
  commit.config = R"({"Env":["A=c"],"Hostname":"h","Cmd":["old"]})";
  commit.changes = {"ENV D=$A", "ENTRYPOINT [\"x\"]", "LABEL l=1", "WORKDIR w", "ONBUILD RUN y"};
  commit.author = "me";
  commit.comment = "why";
  commit.created_by = "sh -c true";
  commit.created = "2026-01-01T00:00:00Z";
  const Json made = Formatted(commit);
  EXPECT_EQ(made["config"], Json({{"Env", {"A=c", "D=c"}},
                                  {"Hostname", "h"},
                                  {"Entrypoint", {"x"}},
                                  {"Labels", {{"l", "1"}}},
                                  {"OnBuild", {"RUN y"}},
                                  {"WorkingDir", "/w"}}));
  EXPECT_EQ(made["history"][1], Json({{"created", commit.created},
                                      {"author", "me"},
                                      {"created_by", "sh -c true"},
                                      {"comment", "why"}}));
  EXPECT_EQ(made["architecture"], "arm64");
  EXPECT_EQ(made["author"], "me");
  EXPECT_FALSE(made.contains("rootfs"));
}

TEST(ImageCommit, StandsOnNothing) {
  CommitDraft commit;
  commit.platform = "linux/arm/v7";
  commit.changes = {"CMD run"};
  commit.created = "2026-01-01T00:00:00Z";
  commit.has_layer = false;
  EXPECT_EQ(Formatted(commit),
            Json({{"os", "linux"},
                  {"architecture", "arm"},
                  {"variant", "v7"},
                  {"created", commit.created},
                  {"config", {{"Cmd", {"/bin/sh", "-c", "run"}}}},
                  {"history", {{{"created", commit.created}, {"empty_layer", true}}}}}));
}

TEST(ImageCommit, WhatAChangeComesToHasALimit) {
  std::string value = "A=";
  value.append(kMaxExpandedWord, 'x');
  std::string labels = "LABEL";
  for (size_t i = 0; i <= kMaxExpandedWords / kMaxExpandedWord; ++i) {
    absl::StrAppend(&labels, " l", i, "=\"$A\"");
  }
  const std::pair<std::string, const char*> cases[] = {
      {labels, "come to more than"},
      {"EXPOSE 1-6000 6001-12001", "EXPOSE of more than 10000 ports"},
  };
  for (const auto& [change, why] : cases) {
    CommitDraft commit;
    commit.config = FormatJson({{"Env", {value}}});
    commit.changes = {change};
    EXPECT_THAT(FormatCommit(commit).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  }
}

TEST(ImageCommit, WhatMakesLayersIsNoChange) {
  for (const char* change : {"COPY a b", "RUN x", "FROM y", "ARG z"}) {
    CommitDraft commit;
    commit.changes = {change};
    EXPECT_THAT(
        FormatCommit(commit).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(" is not a valid change command")));
  }
  CommitDraft commit;
  commit.changes = {"NONSENSE"};
  EXPECT_THAT(FormatCommit(commit).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::imageservice
