// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/metadata_values.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;

TEST(ExpandPorts, ReadsRangesAndProtocols) {
  EXPECT_THAT(ExpandPorts("80"), IsOkAndHolds(ElementsAre("80/tcp")));
  EXPECT_THAT(ExpandPorts("53/UDP"), IsOkAndHolds(ElementsAre("53/udp")));
  EXPECT_THAT(ExpandPorts("8080:80"), IsOkAndHolds(ElementsAre("80/tcp")));
  EXPECT_THAT(ExpandPorts("127.0.0.1:81-82:80"), IsOkAndHolds(ElementsAre("80/tcp")));
  EXPECT_THAT(ExpandPorts("1-3/sctp"), IsOkAndHolds(ElementsAre("1/sctp", "2/sctp", "3/sctp")));
}

TEST(ExpandPorts, RefusesTheRest) {
  for (const char* bad : {"", "x", "70000", "3-1", "1-", "80/icmp", "0-65535", "x:80", "80:"}) {
    EXPECT_THAT(ExpandPorts(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace berth::imageservice
