// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/instruction_flags.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr FlagRule kRules[] = {
    {FlagRule::kText, "chown"}, {FlagRule::kBool, "link"}, {FlagRule::kList, "mount"}};

TEST(InstructionFlags, AreOfTheirKind) {
  absl::StatusOr<InstructionFlags> flags =
      InstructionFlags::Parse({"--chown=a=b", "--link", "--mount=x", "--mount=y"}, kRules);
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->Text("chown"), "a=b");
  EXPECT_EQ(flags->Bool("link"), true);
  EXPECT_THAT(flags->List("mount"), ElementsAre("x", "y"));
  flags = InstructionFlags::Parse({"--link=FALSE", "--chown="}, kRules);
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->Bool("link"), false);
  EXPECT_EQ(flags->Text("chown"), "");
  EXPECT_THAT(flags->List("mount"), IsEmpty());
}

TEST(InstructionFlags, AreEmptyWhenNotGiven) {
  absl::StatusOr<InstructionFlags> flags = InstructionFlags::Parse({}, kRules);
  ASSERT_TRUE(flags.ok());
  EXPECT_EQ(flags->Text("chown"), "");
  EXPECT_EQ(flags->Bool("link"), std::nullopt);
}

TEST(InstructionFlags, OthersAreRefused) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--chwon=a"}, "unknown flag: --chwon; did you mean chown?"},
      {{"--chown"}, "missing a value on flag: --chown"},
      {{"--mount"}, "missing a value on flag: --mount"},
      {{"--link="}, "missing a value on flag: --link"},
      {{"--link=x"}, "expecting boolean value for flag --link, not: x"},
      {{"--link", "--link"}, "duplicate flag specified: --link"},
  };
  for (const auto& [given, error] : cases) {
    EXPECT_THAT(InstructionFlags::Parse(given, kRules),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)));
  }
}

}  // namespace
}  // namespace berth::imageservice
