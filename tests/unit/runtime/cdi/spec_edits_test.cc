// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/spec_edits.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cdi {
namespace {

using ::testing::HasSubstr;

TEST(SpecEdits, MayBeAbsent) {
  const absl::StatusOr<Edits> edits = ReadEdits(nullptr, "containerEdits");
  ASSERT_THAT(edits, test::IsOk());
  EXPECT_TRUE(edits->nodes.empty() && edits->environment.empty() && edits->hooks.empty());
}

TEST(SpecEdits, AreBounded) {
  Json variables = Json::array(), nodes = Json::array();
  for (size_t i = 0; i <= kMaxEdits; ++i) {
    variables.push_back("A=b");
    nodes.push_back({{"path", "/dev/x"}});
  }
  const Json many_variables = {{"env", variables}}, many_nodes = {{"deviceNodes", nodes}};
  EXPECT_THAT(ReadEdits(&many_variables, "e").status().message(), HasSubstr("over 4096"));
  EXPECT_THAT(ReadEdits(&many_nodes, "e").status().message(), HasSubstr("limit of 4096"));
}

}  // namespace
}  // namespace berth::cdi
