// SPDX-License-Identifier: Apache-2.0
#include "base/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

constexpr uid_t kNobody = 65534;

TEST(StartThread, RunsUnderItsName) {
  std::string name(16, '\0');
  ASSERT_OK_AND_ASSIGN(std::thread thread, StartThread("worker", [&name] {
                         pthread_getname_np(pthread_self(), name.data(), name.size());
                       }));
  thread.join();
  EXPECT_STREQ(name.c_str(), "worker");
}

TEST(StartThread, SaysThatThereIsNone) {
  const auto without_threads = [] {
    const rlimit none = {};
    setrlimit(RLIMIT_NPROC, &none);
    if (getuid() == 0 && setuid(kNobody) != 0) {  // whom the limit counts for
      _exit(2);
    }
    const absl::StatusOr<std::thread> thread = StartThread("worker", [] {});
    _exit(absl::IsResourceExhausted(thread.status()) ? 0 : 1);
  };
  EXPECT_EXIT(without_threads(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace berth
