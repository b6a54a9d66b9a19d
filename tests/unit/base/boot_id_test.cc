// SPDX-License-Identifier: Apache-2.0
#include "base/boot_id.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

TEST(ReadBootId, IsTheSameThroughoutABoot) {
  const absl::StatusOr<std::string> id = ReadBootId();
  ASSERT_THAT(id, test::IsOk());
  EXPECT_EQ(id->size(), 36u);
  EXPECT_THAT(ReadBootId(), test::IsOkAndHolds(*id));
}

}  // namespace
}  // namespace berth
