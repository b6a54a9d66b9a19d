// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/ulimits.h"

#include <sys/resource.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(Ulimits, AreTheKernels) {
  const auto limits = ParseUlimits(Json::array({{{"Name", "nofile"}, {"Soft", 1}, {"Hard", 2}},
                                                {{"Name", "core"}, {"Soft", -1}, {"Hard", -1}}}),
                                   "ulimits");
  ASSERT_THAT(limits, test::IsOk());
  ASSERT_EQ(limits->size(), 2u);
  const auto files = PlanUlimit((*limits)[0]);
  ASSERT_THAT(files, test::IsOk());
  EXPECT_EQ(files->resource, static_cast<uint32_t>(RLIMIT_NOFILE));
  EXPECT_EQ(files->soft, 1u);
  EXPECT_EQ(files->hard, 2u);
  EXPECT_EQ(PlanUlimit((*limits)[1])->hard, RLIM_INFINITY);
  EXPECT_TRUE(ParseUlimits(Json(), "ulimits")->empty());
}

TEST(Ulimits, ThatCannotBeAreRefused) {
  EXPECT_THAT(PlanUlimit({"odd", 1, 1}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, "invalid ulimit type: odd"));
  for (const int64_t soft : {int64_t{3}, int64_t{-1}}) {
    EXPECT_THAT(ParseUlimits(Json::array({{{"Name", "cpu"}, {"Soft", soft}, {"Hard", 2}}}), "x"),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("must be less than or equal to hard limit")));
  }
  EXPECT_THAT(ParseUlimits(Json::array({{{"Name", 5}}}), "ulimits"),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ulimits.Name")));
}

}  // namespace
}  // namespace berth::cri
