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

TEST(ThreadPool, RunsEverythingBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool("pool", 3);
    for (int i = 0; i < 1000; ++i) {
      pool.Schedule([&done] { ++done; });
    }
  }
  EXPECT_EQ(done, 1000);
}

TEST(ThreadPool, RunsInOrderOnOneThread) {
  std::string order;
  {
    ThreadPool pool("pool", 1);
    for (char c = 'a'; c <= 'e'; ++c) {
      pool.Schedule([&order, c] { order += c; });
    }
  }
  EXPECT_EQ(order, "abcde");
}

TEST(ThreadPool, RunsAsManyAtOnceAsItHasThreads) {
  std::latch all(3);
  ThreadPool pool("pool", 3);
  for (int i = 0; i < 3; ++i) {
    pool.Schedule([&all] { all.arrive_and_wait(); });
  }
}

TEST(ThreadPool, LetsWorkScheduleMore) {
  absl::Notification second;
  ThreadPool pool("pool", 1);
  pool.Schedule([&] { pool.Schedule([&] { second.Notify(); }); });
  second.WaitForNotification();
}

TEST(ThreadPool, WhoSchedulesDoesTheWorkWhereThereAreNoThreads) {
  test::ExpectWithoutThreads([] {
    bool done = false;
    ThreadPool pool("pool", 2);
    pool.Schedule([&done] { done = true; });
    return done;
  });
}

TEST(ThreadPool, NamesItsThreads) {
  char name[16] = "";
  {
    ThreadPool pool("puller", 1);
    pool.Schedule([&name] { pthread_getname_np(pthread_self(), name, sizeof(name)); });
  }
  EXPECT_STREQ(name, "puller");
}

TEST(ThreadPool, OwnsWorkThatCannotBeCopied) {
  int seen = 0;
  {
    ThreadPool pool("pool", 1);
    pool.Schedule([&seen, value = std::make_unique<int>(7)] { seen = *value; });
  }
  EXPECT_EQ(seen, 7);
}

}  // namespace
}  // namespace berth
