// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/recent_ends.h"

#include "gtest/gtest.h"

namespace berth::shim {
namespace {

TEST(RecentEnds, AreFoundByNumberTheLastOfThem) {
  RecentEnds ends;
  EXPECT_FALSE(ends.Find(7).has_value());
  ends.Add(7, {1});
  ends.Add(8, {2});
  ends.Add(7, {3});
  EXPECT_EQ(ends.Find(7)->code, 3);
  EXPECT_EQ(ends.Find(8)->code, 2);
}

TEST(RecentEnds, AreForgottenTheOldestFirst) {
  RecentEnds ends;
  for (pid_t pid = 1; pid <= static_cast<pid_t>(RecentEnds::kMaxEnds) + 1; ++pid) {
    ends.Add(pid, {pid});
  }
  EXPECT_FALSE(ends.Find(1).has_value());
  EXPECT_EQ(ends.Find(2)->code, 2);
}

}  // namespace
}  // namespace berth::shim
