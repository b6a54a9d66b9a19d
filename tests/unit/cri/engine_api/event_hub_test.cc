// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/event_hub.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(EventHub, KeepsTheLastAndTellsWhatFollows) {
  EventHub hub;
  hub.Tell("container", "start", "c1", {{"image", "busybox"}});
  const EventHub::Batch first = hub.Take(Call(), 0).value();
  ASSERT_EQ(first.events.size(), 1u);
  const Json json = ToJson(first.events[0]);
  EXPECT_EQ(json["Action"], "start");
  EXPECT_EQ(json["Actor"]["ID"], "c1");
  EXPECT_EQ(json["from"], "busybox");
  EXPECT_FALSE(hub.Take(Call::WithTimeout(absl::ZeroDuration()), first.next).ok());
  for (size_t i = 0; i < EventHub::kMaxKept + 1; ++i) {
    hub.Tell("container", "die", "c1", {});
  }
  EXPECT_EQ(hub.Take(Call(), 0)->events.size(), EventHub::kMaxKept);
  EXPECT_EQ(hub.next() - hub.first(), EventHub::kMaxKept);
}

}  // namespace
}  // namespace berth::cri
