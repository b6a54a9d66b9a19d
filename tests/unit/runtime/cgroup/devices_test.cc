// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/devices.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Lines(const std::vector<DeviceRule>& rules) {
  std::vector<std::string> lines;
  for (const CgroupWrite& write : PlanDevicesV1(rules)) {
    EXPECT_EQ(write.controller, "devices");
    lines.push_back(absl::StrCat(write.file, "=", write.value));
  }
  return lines;
}

TEST(Devices, StartsFromNothingAndAddsWhatIsAllowed) {
  EXPECT_THAT(
      Lines({{true, 'c', 1, 3, "rwm"}, {true, 'b', {}, {}, "m"}, {true, 'c', 136, {}, "rw"}}),
      ElementsAre("devices.deny=a", "devices.allow=c 1:3 rwm", "devices.allow=b *:* m",
                  "devices.allow=c 136:* rw"));
}

TEST(Devices, NoRulesAllowNothing) {
  EXPECT_THAT(Lines({}), ElementsAre("devices.deny=a"));
}

TEST(Devices, EverythingIsOneLine) {
  EXPECT_THAT(Lines({{true}}), ElementsAre("devices.allow=a"));
}

TEST(Devices, LaterRulesTakeAway) {
  EXPECT_THAT(Lines({{true}, {false, 'c', 1, 1, "rwm"}}),
              ElementsAre("devices.allow=a", "devices.deny=c 1:1 rwm"));
}

}  // namespace
}  // namespace berth::runtime
