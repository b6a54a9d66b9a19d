// SPDX-License-Identifier: Apache-2.0
#include "base/random_name.h"

#include <cstdint>
#include <set>

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(RandomName, ThousandsAreNames) {
  std::set<std::string> names;
  for (uint64_t number = 0; number < 6000; ++number) {
    names.insert(RandomName(number, '_'));
  }
  EXPECT_EQ(names.size(), 6000u);
  for (const std::string& name : names) {
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
  }
  EXPECT_NE(RandomName(UINT64_MAX, '-').find('-'), std::string::npos);
}

}  // namespace
}  // namespace berth
