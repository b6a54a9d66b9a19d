// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/arguments.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ReadCommandLine, IsJsonOrForTheShell) {
  EXPECT_THAT(ReadCommandLine(R"(["a", "b c"])"), IsOkAndHolds(CommandLine{{"a", "b c"}, false}));
  EXPECT_THAT(ReadCommandLine("[]"), IsOkAndHolds(CommandLine{{}, false}));
  EXPECT_THAT(ReadCommandLine("a  b"), IsOkAndHolds(CommandLine{{"a  b"}, true}));
  EXPECT_THAT(ReadCommandLine("['a']"), IsOkAndHolds(CommandLine{{"['a']"}, true}));
  EXPECT_THAT(ReadCommandLine("[ -f x ] && y"), IsOkAndHolds(CommandLine{{"[ -f x ] && y"}, true}));
  EXPECT_THAT(ReadCommandLine(""), IsOkAndHolds(CommandLine{{}, true}));
  EXPECT_THAT(ReadCommandLine(R"(["a", 1])"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("strings only")));
  EXPECT_THAT(ReadCommandLine(R"([["a"]])"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ReadList, IsJsonOrWords) {
  EXPECT_THAT(ReadList(R"(["a b", "c"])"), IsOkAndHolds(ElementsAre("a b", "c")));
  EXPECT_THAT(ReadList("a\t b  'c"), IsOkAndHolds(ElementsAre("a", "b", "'c")));
  EXPECT_THAT(ReadList(""), IsOkAndHolds(ElementsAre()));
}

TEST(NotEmpty, IsTheWholeText) {
  EXPECT_THAT(NotEmpty("USER", "a b"), IsOkAndHolds("a b"));
  EXPECT_THAT(NotEmpty("USER", ""),
              StatusIs(absl::StatusCode::kInvalidArgument, "USER requires exactly one argument"));
  EXPECT_THAT(CheckSome("ARG", {}),
              StatusIs(absl::StatusCode::kInvalidArgument, "ARG requires at least one argument"));
}

}  // namespace
}  // namespace berth::imageservice
