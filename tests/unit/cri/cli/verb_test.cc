// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/verb.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VerbTest : public testing::Test {
 protected:
  const Verb::Option& last() const { return verb_.options().back(); }

  Verb verb_{"stop"};
};

TEST_F(VerbTest, KnowsHowAnOptionIsSpelled) {
  bool pause = true;
  verb_.AddFlag("-p,--pause,!--no-pause", pause, "");
  EXPECT_THAT(last().spellings, ElementsAre("-p", "--pause"));
  EXPECT_EQ(last().negation, "--no-pause");
  EXPECT_EQ(last().flag, &pause);
  std::string name;
  verb_.Add("NAME", name, "", {.required = true});
  EXPECT_THAT(last().spellings, IsEmpty());
  EXPECT_EQ(last().word, "NAME");
  EXPECT_TRUE(last().required);
}

TEST_F(VerbTest, WritesWhatWasGiven) {
  std::string text;
  verb_.Add("--text", text, "");
  EXPECT_EQ(last().set({"a", "b"}), "");
  EXPECT_EQ(text, "b");
  std::optional<std::string> perhaps;
  verb_.Add("--perhaps", perhaps, "");
  EXPECT_EQ(last().set({""}), "");
  EXPECT_EQ(perhaps, "");
  std::vector<std::string> all;
  verb_.Add("--each", all, "");
  EXPECT_EQ(last().set({"a", "b"}), "");
  EXPECT_THAT(all, ElementsAre("a", "b"));
  EXPECT_TRUE(last().takes_many);
}

TEST_F(VerbTest, SaysWhatIsWrongWithAValue) {
  int64_t seconds = 10;
  verb_.Add("-t", seconds, "", {.type = "SECONDS", .shows_default = true, .check = IsPositive});
  EXPECT_EQ(last().default_text, "10");
  EXPECT_EQ(last().set({"0"}), "0 is no number from 1 on");
  EXPECT_EQ(seconds, 10);
  EXPECT_EQ(last().set({"3"}), "");
  EXPECT_EQ(seconds, 3);
  std::optional<int64_t> limit;
  verb_.Add("--limit", limit, "");
  EXPECT_EQ(last().set({"x"}), "x is no number");
  std::vector<std::string> shells;
  verb_.Add("SHELL", shells, "", {.one_of = {"bash", "zsh"}});
  EXPECT_EQ(last().type, "bash|zsh");
  EXPECT_EQ(last().set({"bash", "fish"}), "fish is none of bash, zsh");
}

TEST_F(VerbTest, HasVerbsBelowIt) {
  Verb& below = verb_.AddVerb("now");
  EXPECT_EQ(verb_.Find("now"), &below);
  EXPECT_EQ(verb_.Find("later"), nullptr);
  EXPECT_EQ(&below.AddVerb("here").program(), &verb_);
}

}  // namespace
}  // namespace berth::cli
