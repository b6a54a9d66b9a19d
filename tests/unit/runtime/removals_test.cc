// SPDX-License-Identifier: Apache-2.0
#include "runtime/removals.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

TEST(Removals, KeepsWhatHappensBeforeAnyoneListens) {
  Removals removals;
  removals.Notify("a");
  std::vector<std::string> heard;
  removals.Listen([&](const std::string& id) { heard.push_back(id); });
  EXPECT_THAT(heard, ElementsAre("a"));
  removals.Notify("b");
  EXPECT_THAT(heard, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace berth::runtime
