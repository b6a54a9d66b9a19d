// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_filters.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(ParseFilters, TakesPairs) {
  const absl::StatusOr<FilterMap> filters = ParseFilters({"label=a=b", "name=web", "label=c"});
  ASSERT_TRUE(filters.ok()) << filters.status();
  EXPECT_EQ(FiltersText(*filters), R"({"label":["a=b","c"],"name":["web"]})");
  EXPECT_EQ(FiltersText({}), "");
}

TEST(ParseFilters, NamesWhatIsNone) {
  EXPECT_EQ(ParseFilters({"name"}).status().message(), "--filter name is no NAME=VALUE");
  EXPECT_EQ(ParseFilters({"=x"}).status().message(), "--filter =x is no NAME=VALUE");
}

}  // namespace
}  // namespace berth::cli
