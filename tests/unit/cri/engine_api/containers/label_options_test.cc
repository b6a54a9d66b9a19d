// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/label_options.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(LabelOptions, ArePartsOfALabel) {
  const auto label = ParseLabelOptions(
      {"no-new-privileges", "label=user:u", "label:role:r", "label=type:t", "label=level:s0:c1,c2"},
      true);
  ASSERT_THAT(label, test::IsOk());
  EXPECT_EQ(label->user(), "u");
  EXPECT_EQ(label->role(), "r");
  EXPECT_EQ(label->type(), "t");
  EXPECT_EQ(label->level(), "s0:c1,c2");
}

TEST(LabelOptions, DisableCountsWhateverElseIsSaid) {
  const auto label = ParseLabelOptions({"label=disable", "label=level:s0:c1,c2"}, false);
  ASSERT_THAT(label, test::IsOk());
  EXPECT_EQ(label->type(), "spc_t");
  EXPECT_EQ(label->level(), "");
}

TEST(LabelOptions, WhoIsOfTheNodeIsNotConfinedUnlessThatIsSaid) {
  EXPECT_EQ(ParseLabelOptions({}, false)->type(), "");
  EXPECT_EQ(ParseLabelOptions({"seccomp=unconfined"}, true)->type(), "spc_t");
  EXPECT_EQ(ParseLabelOptions({"label=level:s0"}, true)->type(), "");
}

TEST(LabelOptions, OthersAreNamed) {
  for (const char* bad : {"label=odd", "label=odd:x", "label=", "label=type"}) {
    EXPECT_THAT(ParseLabelOptions({bad}, false),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               ::testing::HasSubstr(std::string(bad).substr(sizeof("label")))))
        << bad;
  }
  EXPECT_THAT(ParseLabelOptions({"label=filetype:t"}, false),
              test::StatusIs(absl::StatusCode::kUnimplemented));
}

}  // namespace
}  // namespace berth::cri
