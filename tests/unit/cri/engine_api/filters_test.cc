// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/filters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::string_view kKnown[] = {"label", "label!", "dangling", "reference"};

Filters Parse(absl::string_view text) {
  absl::StatusOr<Filters> filters = Filters::Parse(text, kKnown);
  EXPECT_TRUE(filters.ok()) << filters.status();
  return filters.value_or(Filters());
}

TEST(Filters, ReadBothForms) {
  EXPECT_THAT(Parse(R"({"label":["a","b=c"]})").Values("label"), ElementsAre("a", "b=c"));
  EXPECT_THAT(Parse(R"({"label":{"a":true,"b":false}})").Values("label"), ElementsAre("a"));
  EXPECT_FALSE(Parse("").Has("label"));
}

TEST(Filters, TakeLabels) {
  const Filters filters = Parse(R"({"label":["a","b=c"]})");
  EXPECT_TRUE(filters.TakesLabels({{"a", "x"}, {"b", "c"}}));
  EXPECT_FALSE(filters.TakesLabels({{"a", "x"}, {"b", "d"}}));
  EXPECT_FALSE(filters.TakesLabels({{"b", "c"}}));
  EXPECT_TRUE(Parse("{}").TakesLabels({}));
  const Filters without = Parse(R"({"label!":["a","b=c"]})");
  EXPECT_TRUE(without.TakesLabels({{"b", "d"}}));
  EXPECT_FALSE(without.TakesLabels({{"a", "x"}}));
  EXPECT_FALSE(without.TakesLabels({{"b", "c"}}));
}

TEST(Filters, TakeOneOfTheValues) {
  const Filters filters = Parse(R"({"reference":["a","b"]})");
  EXPECT_TRUE(filters.Takes("reference", "b"));
  EXPECT_FALSE(filters.Takes("reference", "c"));
  EXPECT_TRUE(filters.Takes("label", "anything"));
}

TEST(Filters, HaveBooleans) {
  EXPECT_THAT(Parse(R"({"dangling":["true"]})").Bool("dangling", false), IsOkAndHolds(true));
  EXPECT_THAT(Parse("{}").Bool("dangling", true), IsOkAndHolds(true));
  EXPECT_THAT(Parse(R"({"dangling":["x"]})").Bool("dangling", true),
              StatusIs(absl::StatusCode::kInvalidArgument, "invalid filter 'dangling=[x]'"));
}

TEST(Filters, HaveAMoment) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  constexpr absl::string_view kUntil[] = {"until"};
  const auto read = [&](absl::string_view text) {
    const absl::StatusOr<Filters> filters = Filters::Parse(text, kUntil);
    EXPECT_TRUE(filters.ok()) << filters.status();
    return filters.value_or(Filters()).Until(now);
  };
  EXPECT_THAT(read("{}"), IsOkAndHolds(absl::InfiniteFuture()));
  EXPECT_THAT(read(R"({"until":["24h"]})"), IsOkAndHolds(now - absl::Hours(24)));
  EXPECT_THAT(read(R"({"until":["5"]})"), IsOkAndHolds(absl::FromUnixSeconds(5)));
  EXPECT_THAT(read(R"({"until":["soon"]})"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Filters, RefuseOthers) {
  EXPECT_THAT(Filters::Parse(R"({"colour":["x"]})", kKnown),
              StatusIs(absl::StatusCode::kInvalidArgument, "invalid filter 'colour'"));
  for (const char* text : {"x", "[]", R"({"label":"a"})", R"({"label":[1]})"}) {
    EXPECT_THAT(Filters::Parse(text, kKnown), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace berth::cri
