// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/dockerfile_parser.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ParseDockerfile, HasStagesWithTheirInstructions) {
  absl::StatusOr<Dockerfile> file = ParseDockerfile(
      "ARG BASE=debian\nFROM $BASE AS Build\nRUN make\n\nfrom --platform=linux/arm64 scratch\n"
      "COPY --from=build /a /b\ncmd [\"/b\"]\n");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_THAT(file->arguments, SizeIs(1));
  ASSERT_THAT(file->stages, SizeIs(2));
  EXPECT_EQ(file->stages[0].from.base, "$BASE");
  EXPECT_EQ(file->stages[0].from.name, "build");
  EXPECT_EQ(file->stages[0].line, 2);
  EXPECT_THAT(file->stages[0].instructions, SizeIs(1));
  EXPECT_EQ(file->stages[1].from.platform, "linux/arm64");
  ASSERT_THAT(file->stages[1].instructions, SizeIs(2));
  EXPECT_EQ(file->stages[1].instructions[1].text, "cmd [\"/b\"]");
  EXPECT_EQ(file->stages[1].instructions[1].first_line, 7);
}

TEST(ParseDockerfile, NamesTheLineOfWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"FORM x", "dockerfile parse error on line 1: unknown instruction: FORM; did you mean FROM?"},
      {"FROM x\n\nRUN", "dockerfile parse error on line 3: RUN requires at least one argument"},
      {"RUN x", "dockerfile parse error on line 1: no build stage in current context"},
      {"ARG a=1", "no build stage in current context"},
      {"FROM x\nCOPY \\\n a", "dockerfile parse error on line 2: COPY requires at least two"},
  };
  for (const auto& [text, error] : cases) {
    EXPECT_THAT(ParseDockerfile(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)));
  }
}

TEST(ParseInstruction, IsOneOnly) {
  absl::StatusOr<Instruction> user = ParseInstruction("USER a");
  ASSERT_TRUE(user.ok());
  EXPECT_EQ(std::get<UserInstruction>(user->what).user, "a");
  EXPECT_THAT(ParseInstruction("USER a\nUSER b"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ParseDockerfile, HasALimitOfStages) {
  std::string text;
  for (size_t i = 0; i < kMaxStages; ++i) {
    text += "FROM x\n";
  }
  EXPECT_TRUE(ParseDockerfile(text).ok());
  EXPECT_THAT(ParseDockerfile(text + "FROM x\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("on line 1001: more than 1000 build stages")));
}

}  // namespace
}  // namespace berth::imageservice
