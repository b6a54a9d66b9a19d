// SPDX-License-Identifier: Apache-2.0
#include "imageservice/lease_table.h"

#include <atomic>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(LeaseTable, ProtectsUntilTheLeaseEnds) {
  LeaseTable table;
  {
    Lease first = table.Protect({"a", "b"});
    Lease second = table.Protect({"b", "c"});
    EXPECT_THAT(table.Protected(), UnorderedElementsAre("a", "b", "c"));
    Lease moved = std::move(first);
    EXPECT_THAT(table.Protected(), UnorderedElementsAre("a", "b", "c"));
    moved = Lease();
  }
  EXPECT_THAT(table.Protected(), IsEmpty());
}

TEST(LeaseTable, GivesNoLeaseDuringACollection) {
  LeaseTable table;
  std::atomic<bool> collecting = true;
  table.collection().Lock();
  std::thread leaser([&] {
    Lease lease = table.Protect({"a"});
    EXPECT_FALSE(collecting);
  });
  EXPECT_THAT(table.Protected(), IsEmpty());
  collecting = false;
  table.collection().Unlock();
  leaser.join();
}

}  // namespace
}  // namespace berth::imageservice
