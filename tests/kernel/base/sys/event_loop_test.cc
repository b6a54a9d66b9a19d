// SPDX-License-Identifier: Apache-2.0
#include "base/sys/event_loop.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;

TEST(Poller, TellsWhatIsReadyByItsTag) {
  ErrnoOr<Poller> poller = Poller::Create();
  ASSERT_THAT(poller, IsOk());
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  constexpr uint64_t kTag = uint64_t{3} << 40 | 7;
  ASSERT_THAT(poller->Add(reader.get(), EPOLLIN, kTag), IsOk());
  std::array<epoll_event, 4> space;
  EXPECT_TRUE(poller->Wait(space, MonotonicTime())->empty());
  int64_t deadline = MonotonicTime() + 5 * kMillisecond;
  EXPECT_TRUE(poller->Wait(space, deadline)->empty());
  EXPECT_GE(MonotonicTime(), deadline);
  ASSERT_EQ(write(writer.get(), "x", 1), 1);
  ErrnoOr<std::span<epoll_event>> events = poller->Wait(space, kNoDeadline);
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].data.u64, kTag);
  ASSERT_THAT(poller->Change(reader.get(), 0, 1), IsOk());
  EXPECT_TRUE(poller->Wait(space, MonotonicTime())->empty());
  EXPECT_THAT(poller->Remove(reader.get()), IsOk());
  EXPECT_THAT(poller->Remove(reader.get()), ErrnoIs(ENOENT));
}

KERNEL_TEST(SignalFd, TellsOfAPendingSignalUntilDrained) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  ASSERT_EQ(sigprocmask(SIG_BLOCK, &set, nullptr), 0);
  ErrnoOr<Fd> signals = OpenSignalFd(SIGUSR1);
  ErrnoOr<Poller> poller = Poller::Create();
  ASSERT_THAT(poller->Add(signals->get(), EPOLLIN, 1), IsOk());
  std::array<epoll_event, 4> space;
  EXPECT_TRUE(poller->Wait(space, MonotonicTime())->empty());
  ASSERT_EQ(raise(SIGUSR1), 0);
  EXPECT_EQ(poller->Wait(space, kNoDeadline)->size(), 1u);
  DrainSignalFd(signals->get());
  EXPECT_TRUE(poller->Wait(space, MonotonicTime())->empty());
}

TEST(PollTimeout, IsRoundedUpSoThatNothingWakesTooEarly) {
  EXPECT_EQ(PollTimeout(kNoDeadline), -1);
  EXPECT_EQ(PollTimeout(MonotonicTime() - 1), 0);
  EXPECT_EQ(PollTimeout(MonotonicTime() + kMillisecond / 2), 1);
  EXPECT_GT(PollTimeout(MonotonicTime() + kSecond), 900);
  EXPECT_EQ(PollTimeout(MonotonicTime() + (int64_t{1} << 60)), INT32_MAX);
}

}  // namespace
}  // namespace berth::sys
