// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.h"

#include <pthread.h>

#include <atomic>
#include <latch>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "tests/support/no_threads.h"

namespace berth {
namespace {

using Life = ThreadPool::Life;

TEST(ThreadPool, RunsEverythingBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool("pool", 3, Life::kJob);
    for (int i = 0; i < 1000; ++i) {
      pool.Schedule([&done] { ++done; });
    }
  }
  EXPECT_EQ(done, 1000);
}

TEST(ThreadPool, RunsInOrderOnOneThread) {
  std::string order;
  {
    ThreadPool pool("pool", 1, Life::kJob);
    for (char c = 'a'; c <= 'e'; ++c) {
      pool.Schedule([&order, c] { order += c; });
    }
  }
  EXPECT_EQ(order, "abcde");
}

TEST(ThreadPool, RunsAsManyAtOnceAsItHasThreads) {
  std::latch all(3);
  ThreadPool pool("pool", 3, Life::kJob);
  for (int i = 0; i < 3; ++i) {
    pool.Schedule([&all] { all.arrive_and_wait(); });
  }
}

TEST(ThreadPool, LetsWorkScheduleMore) {
  absl::Notification second;
  ThreadPool pool("pool", 1, Life::kJob);
  pool.Schedule([&] { pool.Schedule([&] { second.Notify(); }); });
  second.WaitForNotification();
}

TEST(ThreadPool, WhoSchedulesDoesTheWorkWhereThereAreNoThreads) {
  test::ExpectWithoutThreads([] {
    bool done = false;
    ThreadPool pool("pool", 2, Life::kJob);
    pool.Schedule([&done] { done = true; });
    return done;
  });
}

// Who schedules may hold a lock that the work takes.
TEST(ThreadPool, OfAProgramIsNotWithoutThreads) {
  const auto make = [] {
    test::ForgoThreads();
    const ThreadPool pool("pool", 2, Life::kProgram);
  };
  EXPECT_EXIT(make(), ::testing::ExitedWithCode(1), "no thread for pool");
  std::atomic<int> done = 0;
  {
    ThreadPool pool("pool", 3, Life::kProgram);
    std::latch all(3);
    for (int i = 0; i < 3; ++i) {
      pool.Schedule([&all, &done] {
        all.arrive_and_wait();
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 3);
}

TEST(ThreadPool, NamesItsThreads) {
  char name[16] = "";
  {
    ThreadPool pool("puller", 1, Life::kJob);
    pool.Schedule([&name] { pthread_getname_np(pthread_self(), name, sizeof(name)); });
  }
  EXPECT_STREQ(name, "puller");
}

TEST(ThreadPool, OwnsWorkThatCannotBeCopied) {
  int seen = 0;
  {
    ThreadPool pool("pool", 1, Life::kJob);
    pool.Schedule([&seen, value = std::make_unique<int>(7)] { seen = *value; });
  }
  EXPECT_EQ(seen, 7);
}

}  // namespace
}  // namespace berth
