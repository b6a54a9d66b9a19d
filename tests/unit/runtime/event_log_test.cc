// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_log.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

class EventLogTest : public ::testing::Test {
 protected:
  // What waits in the queue: "a CREATED".
  static std::vector<std::string> Drain(EventQueue& queue) {
    std::vector<std::string> events;
    while (true) {
      auto event = queue.Take(Call::WithTimeout(absl::ZeroDuration()));
      if (!event.ok()) {
        return events;
      }
      constexpr const char* kNames[] = {"created", "started", "stopped", "deleted"};
      events.push_back(absl::StrCat((*event)->id, " ", kNames[(*event)->type]));
    }
  }

  int64_t described = 0;
  const std::function<void(ContainerEvent&)> describe = [this](ContainerEvent& event) {
    event.at = ++described;
  };
  metrics::Metrics metrics;
  EventLog log{metrics.dropped_events};
  std::shared_ptr<EventQueue> queue = log.Subscribe();
};

TEST_F(EventLogTest, TellsALife) {
  log.Created("a", describe);
  log.Started("a", describe);
  log.Stopped("a", true, describe);
  log.Deleted("a", describe);
  EXPECT_THAT(Drain(*queue), ElementsAre("a created", "a started", "a stopped", "a deleted"));
  EXPECT_EQ(described, 4);
}

TEST_F(EventLogTest, TellsOfAStartBeforeItsStop) {
  log.Created("a", describe);
  log.Stopped("a", true, describe);
  log.Started("a", describe);  // acknowledged late
  EXPECT_THAT(Drain(*queue), ElementsAre("a created", "a started", "a stopped"));
}

TEST_F(EventLogTest, TellsOfNoStartThatFailed) {
  log.Created("a", describe);
  log.Stopped("a", false, describe);
  EXPECT_THAT(Drain(*queue), ElementsAre("a created", "a stopped"));
}

TEST_F(EventLogTest, TellsEverythingOnce) {
  log.Created("a", describe);
  log.Created("a", describe);
  log.Started("a", describe);
  log.Started("a", describe);
  log.Deleted("a", describe);
  log.Deleted("a", describe);
  log.Stopped("a", true, describe);
  EXPECT_THAT(Drain(*queue), ElementsAre("a created", "a started", "a deleted"));
}

TEST_F(EventLogTest, GoesOnWhereAnEarlierDaemonWas) {
  log.Know("a", v1::CONTAINER_STARTED_EVENT);
  log.Stopped("a", true, describe);
  log.Deleted("never listed", describe);
  EXPECT_THAT(Drain(*queue), ElementsAre("a stopped"));
}

TEST_F(EventLogTest, DescribesForSubscribersOnly) {
  queue.reset();
  log.Created("a", describe);
  EXPECT_EQ(described, 0);
  const auto one = log.Subscribe(), two = log.Subscribe();
  log.Started("a", describe);
  EXPECT_EQ(described, 1);
  EXPECT_THAT(Drain(*one), ElementsAre("a started"));
  EXPECT_THAT(Drain(*two), ElementsAre("a started"));
}

TEST_F(EventLogTest, CountsWhatAStuckSubscriberLoses) {
  const auto other = log.Subscribe();
  for (size_t i = 0; i < EventQueue::kMaxEvents; ++i) {
    log.Created(absl::StrCat(i), describe);
  }
  EXPECT_EQ(Drain(*other).size(), EventQueue::kMaxEvents);
  log.Created("one too many", describe);
  EXPECT_EQ(metrics.dropped_events.Value(), 1);
  EXPECT_THAT(Drain(*other), ElementsAre("one too many created"));
}

}  // namespace
}  // namespace berth::runtime
