// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod.h"

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

PodRecord Record(v1::NamespaceMode network = v1::POD) {
  PodRecord record;
  record.id = "id";
  record.config.mutable_metadata()->set_name("web");
  record.config.mutable_linux()
      ->mutable_security_context()
      ->mutable_namespace_options()
      ->set_network(network);
  record.created_at = 5;
  return record;
}

TEST(Pod, IsListedOnceItIsNoLongerBeingMade) {
  Pod pod(Record(), "/state/id");
  EXPECT_FALSE(pod.listed());
  pod.Change([](PodState& state) { state.phase = PodPhase::kReady; });
  EXPECT_TRUE(pod.listed());
  EXPECT_EQ(pod.Snapshot().state, v1::SANDBOX_READY);
}

TEST(Pod, EveryChangeIsANewVersion) {
  Pod pod(Record(), "/state/id");
  EXPECT_EQ(pod.Change([](PodState&) {}).version, 1);
  EXPECT_EQ(pod.Change([](PodState& state) { state.shim_pid = 9; }).version, 2);
  EXPECT_EQ(pod.state().shim_pid, 9);
}

TEST(Pod, IsNotReadyWhileItsShimDoesNotAnswer) {
  Pod pod(Record(), "/state/id");
  pod.Change([](PodState& state) { state.phase = PodPhase::kReady; });
  pod.SetSuspended(true);
  EXPECT_FALSE(pod.ready());
  EXPECT_EQ(pod.Snapshot().state, v1::SANDBOX_NOTREADY);
  pod.SetSuspended(false);
  EXPECT_TRUE(pod.ready());
}

TEST(Pod, OnlyReadyIsReady) {
  Pod pod(Record(), "/state/id");
  for (PodPhase phase : {PodPhase::kStarting, PodPhase::kNotReady, PodPhase::kStopped}) {
    pod.Change([&](PodState& state) { state.phase = phase; });
    EXPECT_FALSE(pod.ready());
    EXPECT_EQ(pod.Snapshot().state, v1::SANDBOX_NOTREADY);
  }
}

TEST(Pod, ASnapshotShowsWhatItIs) {
  Pod pod(Record(), "/state/id");
  pod.Change([](PodState& state) {
    state.phase = PodPhase::kReady;
    state.shim_pid = 7;
    state.ips = {"10.0.0.2"};
  });
  const PodSnapshot snapshot = pod.Snapshot();
  EXPECT_EQ(snapshot.id, "id");
  EXPECT_EQ(snapshot.config.metadata().name(), "web");
  EXPECT_EQ(snapshot.created_at, 5);
  EXPECT_EQ(snapshot.shim_pid, 7);
  EXPECT_EQ(snapshot.network_namespace, "/proc/7/ns/net");
  EXPECT_THAT(snapshot.network.ips, ElementsAre("10.0.0.2"));
}

TEST(Pod, HasNoNetworkNamespaceOnTheHostsNetworkOrWithoutAShim) {
  EXPECT_EQ(Pod(Record(), "").NetworkNamespace(0), "");
  EXPECT_EQ(Pod(Record(v1::NODE), "").NetworkNamespace(7), "");
}

TEST(Pod, HoldsTheNetworkOfAProcess) {
  Pod pod(Record(), "");
  EXPECT_EQ(pod.HeldNetworkNamespace(), "");
  pod.HoldNetworkNamespace(getpid());
  struct stat held = {};
  struct stat own = {};
  ASSERT_EQ(stat(pod.HeldNetworkNamespace().c_str(), &held), 0);
  ASSERT_EQ(stat("/proc/self/ns/net", &own), 0);
  EXPECT_EQ(held.st_ino, own.st_ino);
  pod.DropNetworkNamespace();
  EXPECT_EQ(pod.HeldNetworkNamespace(), "");
}

TEST(Pod, WhoSharesItsNetworkKeepsItWhenItGoes) {
  Pod pod(Record(), "");
  EXPECT_THAT(pod.ShareNetworkNamespace(), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  pod.HoldNetworkNamespace(getpid());
  const auto shared = pod.ShareNetworkNamespace();
  ASSERT_THAT(shared, test::IsOk());
  pod.DropNetworkNamespace();
  struct stat kept = {};
  struct stat own = {};
  ASSERT_EQ(fstat(shared->get(), &kept), 0);
  ASSERT_EQ(stat("/proc/self/ns/net", &own), 0);
  EXPECT_EQ(kept.st_ino, own.st_ino);
}

TEST(Pod, HoldsNothingOnTheHostsNetwork) {
  Pod pod(Record(v1::NODE), "");
  pod.HoldNetworkNamespace(getpid());
  EXPECT_EQ(pod.HeldNetworkNamespace(), "");
}

TEST(Pod, IsClaimedOnceAfterItWasAbandoned) {
  Pod pod(Record(), "");
  EXPECT_FALSE(pod.Claim());
  pod.Abandon();
  EXPECT_TRUE(pod.Claim());
  EXPECT_FALSE(pod.Claim());
}

TEST(Pod, IsWaitedForUntilItIsDetached) {
  Pod pod(Record(), "/state/id");
  pod.Change([](PodState& state) { state.attached = true; });
  EXPECT_FALSE(pod.WaitDetached(absl::InfinitePast()));
  std::thread detach([&pod] { pod.Change([](PodState& state) { state.attached = false; }); });
  EXPECT_TRUE(pod.WaitDetached(absl::InfiniteFuture()));
  detach.join();
}

}  // namespace
}  // namespace berth::runtime
