// SPDX-License-Identifier: Apache-2.0
#include "base/thread.h"

#include <pthread.h>

#include "gtest/gtest.h"

#include "tests/support/no_threads.h"
#include "tests/support/status_matchers.h"

namespace berth {
namespace {

TEST(StartThread, RunsUnderItsName) {
  std::string name(16, '\0');
  ASSERT_OK_AND_ASSIGN(std::thread thread, StartThread("worker", [&name] {
                         pthread_getname_np(pthread_self(), name.data(), name.size());
                       }));
  thread.join();
  EXPECT_STREQ(name.c_str(), "worker");
}

TEST(StartThread, SaysThatThereIsNone) {
  test::ExpectWithoutThreads(
      [] { return absl::IsResourceExhausted(StartThread("worker", [] {}).status()); });
}

TEST(StartLastingThread, RunsUnderItsName) {
  std::string name(16, '\0');
  StartLastingThread("worker", [&name] {
    pthread_getname_np(pthread_self(), name.data(), name.size());
  }).join();
  EXPECT_STREQ(name.c_str(), "worker");
}

TEST(StartLastingThread, EndsTheProgramWithWordsWhereThereIsNone) {
  const auto start = [] {
    test::ForgoThreads();
    StartLastingThread("worker", [] {});
  };
  EXPECT_EXIT(start(), ::testing::ExitedWithCode(1), "no thread for worker");
}

}  // namespace
}  // namespace berth
