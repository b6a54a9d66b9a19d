// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_queue.h"

#include <thread>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

std::shared_ptr<const ContainerEvent> Event(const std::string& id) {
  auto event = std::make_shared<ContainerEvent>();
  event->id = id;
  return event;
}

Call Soon() {
  return Call::WithTimeout(absl::Seconds(20));
}

TEST(EventQueue, GivesTheOldestFirst) {
  EventQueue queue;
  EXPECT_TRUE(queue.Push(Event("a")));
  EXPECT_TRUE(queue.Push(Event("b")));
  EXPECT_EQ(queue.Take(Soon()).value()->id, "a");
  EXPECT_EQ(queue.Take(Soon()).value()->id, "b");
}

TEST(EventQueue, WakesItsReader) {
  EventQueue queue;
  std::thread writer([&queue] { queue.Push(Event("a")); });
  EXPECT_EQ(queue.Take(Soon()).value()->id, "a");
  writer.join();
}

TEST(EventQueue, LosesWhatIsTooMuch) {
  EventQueue queue;
  for (size_t i = 0; i < EventQueue::kMaxEvents; ++i) {
    EXPECT_TRUE(queue.Push(Event("a")));
  }
  EXPECT_FALSE(queue.Push(Event("b")));
  EXPECT_TRUE(queue.Take(Soon()).ok());
  EXPECT_TRUE(queue.Push(Event("c")));
}

TEST(EventQueue, LetsItsReaderGo) {
  EventQueue queue;
  EXPECT_TRUE(
      absl::IsCancelled(queue.Take(Call(absl::InfiniteFuture(), [] { return true; })).status()));
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(queue.Take(Call::WithTimeout(absl::ZeroDuration())).status()));
}

}  // namespace
}  // namespace berth::runtime
