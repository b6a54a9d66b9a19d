// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/random_name.h"

#include <cstdint>
#include <set>

#include "gtest/gtest.h"

#include "cri/engine_api/containers/container_spec.h"

namespace berth::cri {
namespace {

TEST(RandomName, ThousandsAreNames) {
  std::set<std::string> names;
  for (uint64_t number = 0; number < 6000; ++number) {
    names.insert(RandomName(number));
  }
  EXPECT_EQ(names.size(), 6000u);
  for (const std::string& name : names) {
    EXPECT_TRUE(ParseContainerName(name).ok()) << name;
  }
  EXPECT_TRUE(ParseContainerName(RandomName(UINT64_MAX)).ok());
}

}  // namespace
}  // namespace berth::cri
