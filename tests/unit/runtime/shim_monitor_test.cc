// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_monitor.h"

#include <fcntl.h>
#include <signal.h>

#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

// A monitor, and what it has told.
class ShimMonitorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<ShimMonitor>> monitor = ShimMonitor::Start(
        {.on_reply =
             [this](const ShimReply& reply) {
               Tell(ContainerIdOf(reply) + ":" + std::to_string(reply.exit_code));
             },
         .on_end = [this](const std::string& pod) { Tell(pod + ":end"); }},
        metrics_.shims);
    ASSERT_THAT(monitor, test::IsOk());
    monitor_ = *std::move(monitor);
  }

  // The shim's end of a new subscription.
  sys::Fd Watch(const std::string& pod) {
    sys::SocketPair pair = *sys::MakeSocketPair();
    EXPECT_THAT(monitor_->Watch(pod, ShimConnection(std::move(pair.first))), test::IsOk());
    return std::move(pair.second);
  }

  static void Report(const sys::Fd& shim, const std::string& container, int exit_code) {
    ShimReply reply;
    container.copy(reply.container_id, sizeof(reply.container_id) - 1);
    reply.type = ReplyType::kExited;
    reply.exit_code = exit_code;
    EXPECT_TRUE(sys::SendPacket(shim.get(), &reply, sizeof(reply), {}, sys::kNoDeadline).ok());
  }

  std::vector<std::string> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    auto told = [&] { return told_.size() >= count; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&told), absl::Seconds(10)));
    return told_;
  }

  void Tell(const std::string& what) {
    absl::MutexLock lock(&mutex_);
    told_.push_back(what);
  }

  metrics::Metrics metrics_;
  absl::Mutex mutex_;
  std::vector<std::string> told_;
  std::unique_ptr<ShimMonitor> monitor_;
};

TEST_F(ShimMonitorTest, TellsWhatEachShimReports) {
  const sys::Fd one = Watch("one");
  const sys::Fd two = Watch("two");
  EXPECT_EQ(metrics_.shims.Value(), 2);
  Report(one, "one", 1);
  EXPECT_THAT(Await(1), ElementsAre("one:1"));
  Report(two, "two", 2);
  EXPECT_THAT(Await(2), ElementsAre("one:1", "two:2"));
}

TEST_F(ShimMonitorTest, TellsTheEndOnceAfterAllThatCameBefore) {
  sys::Fd shim = Watch("one");
  Report(shim, "one", 1);
  Report(shim, "one", 2);
  shim = sys::Fd();
  EXPECT_THAT(Await(3), ElementsAre("one:1", "one:2", "one:end"));
  EXPECT_FALSE(monitor_->IsWatched("one"));
  EXPECT_EQ(metrics_.shims.Value(), 0);
}

TEST_F(ShimMonitorTest, AShimThatSpeaksAnotherProtocolIsHeardNoMore) {
  const sys::Fd shim = Watch("one");
  ShimReply reply;
  reply.version = kShimProtocolVersion + 1;
  EXPECT_TRUE(sys::SendPacket(shim.get(), &reply, sizeof(reply), {}, sys::kNoDeadline).ok());
  EXPECT_THAT(Await(1), ElementsAre("one:end"));
  EXPECT_FALSE(monitor_->IsWatched("one"));
}

TEST_F(ShimMonitorTest, ANewSubscriptionReplacesTheOldOne) {
  sys::Fd old = Watch("one");
  sys::Fd current = Watch("one");
  EXPECT_EQ(metrics_.shims.Value(), 1);
  old = sys::Fd();
  Report(current, "one", 5);
  EXPECT_THAT(Await(1), ElementsAre("one:5"));
  EXPECT_TRUE(monitor_->IsWatched("one"));
}

TEST_F(ShimMonitorTest, DoesNotHearWhatIsNoLongerWatched) {
  const sys::Fd one = Watch("one");
  const sys::Fd two = Watch("two");
  monitor_->Unwatch("one");
  monitor_->Unwatch("one");
  EXPECT_FALSE(monitor_->IsWatched("one"));
  Report(two, "two", 1);
  EXPECT_THAT(Await(1), ElementsAre("two:1"));
}

TEST_F(ShimMonitorTest, ReapsTheShimsThatItAdopted) {
  const sys::Fd program = *sys::OpenAt(AT_FDCWD, "/bin/true", O_RDONLY);
  std::string name = "true";
  char* const arguments[] = {name.data(), nullptr};
  char* const environment[] = {nullptr};
  sys::SpawnRequest request;
  request.program = program.get();
  request.arguments = arguments;
  request.environment = environment;
  sys::Process child = *sys::SpawnProcess(request);
  const pid_t pid = child.pid();
  ASSERT_THAT(monitor_->Adopt(std::move(child)), test::IsOk());
  const absl::Time deadline = SteadyNow() + absl::Seconds(10);
  while (kill(pid, 0) == 0 && SteadyNow() < deadline) {
    sched_yield();
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace berth::runtime
