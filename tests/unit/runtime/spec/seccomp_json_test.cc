// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SeccompJson, AbsentAndNullAreEmpty) {
  for (const Json& json : {Json::object(), Json{{"k", nullptr}}, Json(7)}) {
    EXPECT_TRUE((*SeccompArray(json, "k"))->empty());
    EXPECT_TRUE((*SeccompObject(json, "k"))->empty());
    EXPECT_THAT(SeccompString(json, "k"), IsOkAndHolds(""));
    EXPECT_THAT(SeccompStrings(json, "k"), IsOkAndHolds(IsEmpty()));
    EXPECT_THAT(SeccompUnsigned(json, "k"), IsOkAndHolds(std::optional<uint64_t>()));
  }
}

TEST(SeccompJson, TypesMustBeRight) {
  const Json json = {{"s", "x"}, {"n", 5u}, {"i", -5}, {"a", {"x", "y"}}, {"o", {{"k", 1}}}};
  EXPECT_THAT(SeccompString(json, "s"), IsOkAndHolds("x"));
  EXPECT_THAT(SeccompStrings(json, "a"), IsOkAndHolds(ElementsAre("x", "y")));
  EXPECT_THAT(SeccompUnsigned(json, "n"), IsOkAndHolds(std::optional<uint64_t>(5)));
  const auto bad = test::StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(SeccompString(json, "n"), bad);
  EXPECT_THAT(SeccompStrings(json, "s"), bad);
  EXPECT_THAT(SeccompUnsigned(json, "i"), bad);
  EXPECT_THAT(SeccompUnsigned(json, "s"), bad);
  EXPECT_THAT(SeccompArray(json, "o").status(), bad);
  EXPECT_THAT(SeccompObject(json, "a").status(), bad);
}

}  // namespace
}  // namespace berth::runtime
