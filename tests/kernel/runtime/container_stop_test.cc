// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_stop.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "runtime/lifecycle_hooks.h"
#include "tests/kernel/runtime/network_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

constexpr char kStopsOnTerm[] = "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done";
constexpr char kIgnoresTerm[] = "trap '' TERM; echo up; while :; do sleep 1; done";

std::string StartAndAwaitUp(RuntimeFixture& fixture, const std::string& pod,
                            const std::string& name, const char* script) {
  std::string id = fixture.Start(pod, name, script);
  EXPECT_TRUE(Eventually([&] { return fixture.Log(id).find("up") != std::string::npos; }));
  return id;
}

KERNEL_TEST(StopContainer, SignalsAndWaitsForTheContainersOwnEnd) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = StartAndAwaitUp(fixture, pod, "main", kStopsOnTerm);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Seconds(15)), test::IsOk());
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 7);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Seconds(15)), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StopContainer, KillsWhenTheGraceIsOver) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = StartAndAwaitUp(fixture, pod, "main", kIgnoresTerm);
  const absl::Time begin = SteadyNow();
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Milliseconds(300)),
              test::IsOk());
  EXPECT_GE(SteadyNow() - begin, absl::Milliseconds(300));
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 137);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StopContainer, AShorterGraceShortensTheWaitOfAll) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = StartAndAwaitUp(fixture, pod, "main", kIgnoresTerm);
  std::atomic<bool> waiting = false;
  std::thread patient([&] {
    const Call call(SteadyNow() + absl::Seconds(30), [&] {
      waiting = true;
      return false;
    });
    EXPECT_THAT(runtime.StopContainer(call, container, absl::Hours(1)), test::IsOk());
  });
  ASSERT_TRUE(Eventually([&] { return waiting.load(); }));
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Milliseconds(50)),
              test::IsOk());
  patient.join();
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_EXITED);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StopContainer, GoesOnWhenItsCallerHasGone) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = StartAndAwaitUp(fixture, pod, "main", kIgnoresTerm);
  EXPECT_THAT(runtime.StopContainer(Call::WithTimeout(absl::Milliseconds(20)), container,
                                    absl::Milliseconds(200)),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(fixture.AwaitState(container, v1::CONTAINER_EXITED));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StopContainer, BeginsForACallerWithoutTime) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string patient = StartAndAwaitUp(fixture, pod, "patient", kStopsOnTerm);
  const std::string stubborn = StartAndAwaitUp(fixture, pod, "stubborn", kIgnoresTerm);
  EXPECT_THAT(runtime.StopContainer(Call(SteadyNow()), patient, absl::Hours(1)),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(runtime.StopContainer(Call(SteadyNow()), stubborn, absl::Milliseconds(50)),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(fixture.AwaitExit(patient).exit_code, 7);
  EXPECT_EQ(fixture.AwaitExit(stubborn).exit_code, 137);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

// Whose attachment takes until the file is there.
NetworkChoice SlowNetwork(RuntimeFixture& fixture, const std::string& until) {
  const std::string plugin = fixture.dir().Write(
      "plugins/slow",
      absl::StrCat("#!/bin/sh\ntouch ", until, ".begun\nwhile [ ! -e ", until,
                   " ]; do sleep 0.01; done\n",
                   R"(echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.97.0.2/24"}]}')"));
  EXPECT_EQ(chmod(plugin.c_str(), 0755), 0);
  return {R"({"cniVersion": "1.0.0", "name": "slow", "plugins": [{"type": "slow"}]})", "eth7"};
}

KERNEL_TEST(StopContainer, SendsItsSignalThoughAnotherOperationHoldsThePod) {
  NetworkFixture fixture;
  fixture.options().cni_plugin_dirs.push_back(fixture.dir().Join("plugins"));
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod(fixture.NetworkPodConfig("one"));
  const std::string container = StartAndAwaitUp(fixture, pod, "main", kStopsOnTerm);
  const std::string done = fixture.dir().Join("done");
  const NetworkChoice slow = SlowNetwork(fixture, done);
  std::thread attaching(
      [&] { EXPECT_THAT(runtime.AttachNetwork(fixture.Soon(), pod, slow), test::IsOk()); });
  EXPECT_TRUE(Eventually([&] { return access((done + ".begun").c_str(), F_OK) == 0; }));
  EXPECT_THAT(
      runtime.StopContainer(Call::WithTimeout(absl::Milliseconds(20)), container, absl::Hours(1)),
      test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(fixture.AwaitExit(container).exit_code, 7);
  fixture.dir().Write("done", "");
  attaching.join();
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

// Holds up a start that has succeeded.
class HeldStart : public LifecycleHooks {
 public:
  absl::Status BeforeReady(const Call&, const PodSnapshot&) override { return absl::OkStatus(); }
  void AfterRun(const std::string&, bool) override {}
  void BeforeStop(const Call&, const PodSnapshot&) override {}
  absl::Status BeforeCreate(const Call&, const PodSnapshot&, ContainerRequest&) override {
    return absl::OkStatus();
  }
  void AfterCreate(const std::string&, bool) override {}
  absl::Status BeforeStart(const Call&, const PodSnapshot&, const ContainerSnapshot&) override {
    return absl::OkStatus();
  }
  bool listening() const override { return true; }
  void Tell(Turn turn, PodSnapshot, std::optional<ContainerSnapshot>) override {
    if (turn == Turn::kContainerStarted) {
      begun.Notify();
      may_end.WaitForNotification();
    }
  }

  absl::Notification begun, may_end;
};

KERNEL_TEST(StopContainer, IsTooLateForAStartAndKillsAllTheSame) {
  HeldStart hooks;
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  runtime.SetLifecycleHooks(&hooks);
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Create(pod, "main", kIgnoresTerm);
  std::thread starter(
      [&] { EXPECT_THAT(runtime.StartContainer(fixture.Soon(), container), test::IsOk()); });
  hooks.begun.WaitForNotification();
  for (const absl::Duration grace : {absl::Hours(1), absl::Milliseconds(50)}) {
    EXPECT_THAT(runtime.StopContainer(Call::WithTimeout(absl::Milliseconds(20)), container, grace),
                test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  EXPECT_TRUE(fixture.AwaitState(container, v1::CONTAINER_EXITED));  // its starter still is busy
  hooks.may_end.Notify();
  starter.join();
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StopContainer, ContainersOfAPodStopSideBySide) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  std::vector<std::string> containers;
  for (const char* name : {"a", "b", "c"}) {
    containers.push_back(StartAndAwaitUp(fixture, pod, name, kIgnoresTerm));
  }
  const absl::Time begin = SteadyNow();
  std::vector<std::thread> stops;
  for (const std::string& container : containers) {
    stops.emplace_back([&] {
      EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Seconds(1)), test::IsOk());
    });
  }
  // Nothing of this waits for a stop.
  EXPECT_THAT(runtime.ReopenLog(fixture.Soon(), containers[0]), test::IsOk());
  EXPECT_THAT(
      runtime.ExecSync(fixture.Soon(), containers[0], {"/bin/true"}, absl::Milliseconds(900)),
      test::IsOk());
  const std::string other = fixture.Start(pod, "d", "exit 0");
  fixture.AwaitExit(other);
  EXPECT_LT(SteadyNow() - begin, absl::Seconds(1));
  for (std::thread& stop : stops) {
    stop.join();
  }
  EXPECT_LT(SteadyNow() - begin, absl::Milliseconds(2500));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StopContainer, OneThatHasNotStartedIsStopped) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Create(pod, "main", "true");
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Seconds(9)), test::IsOk());
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_CREATED);
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), container), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StopContainer, KillsAllProcessesOfASharedPidNamespace) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  v1::PodSandboxConfig config = fixture.PodConfig("one");
  config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_pid(v1::POD);
  const std::string pod = fixture.RunPod(config);
  const std::string container =
      fixture.Start(pod, "main",
                    "(trap '' TERM; sleep 1000) & trap 'exit 0' TERM; echo up; while :; do sleep "
                    "0.01; done");
  ASSERT_TRUE(Eventually([&] { return fixture.Log(container).find("up") != std::string::npos; }));
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::Seconds(10)), test::IsOk());
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 0);
  EXPECT_THAT(fixture.CgroupOf(pod, container).IsEmpty(), test::IsOkAndHolds(true));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
