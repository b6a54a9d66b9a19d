// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_runtime.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/event_queue.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

KERNEL_TEST(PodRuntime, AViewSeesThePodsOfOneOwner) {
  RuntimeFixture fixture;
  PodRuntime& whole = fixture.Open();
  const auto cri = PodRuntime::ViewOf(whole, PodOwner::kCri);
  const auto engine = PodRuntime::ViewOf(whole, PodOwner::kEngine);
  const auto heard = cri->SubscribeToEvents();
  const std::string pod =
      whole.RunPod(fixture.Soon(), fixture.PodConfig("hidden"), "", {.owner = PodOwner::kEngine})
          .value();
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  EXPECT_THAT(cri->FindPod(pod), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(cri->FindContainer(container), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(cri->Pods().empty() && cri->Containers().empty() && cri->ContainerIds().empty());
  EXPECT_TRUE(cri->ContainersOf(pod).empty());
  EXPECT_THAT(cri->RemovePod(fixture.Soon(), pod), test::IsOk());  // as of one that is not there
  EXPECT_EQ(engine->FindPod(pod)->extras.owner, PodOwner::kEngine);
  EXPECT_EQ(engine->Containers().size(), 1u);

  PodRuntime& reopened = fixture.Open();
  EXPECT_EQ(reopened.FindPod(pod)->extras.owner, PodOwner::kEngine);
  EXPECT_TRUE(PodRuntime::ViewOf(reopened, PodOwner::kCri)->Pods().empty());
  EXPECT_THAT(reopened.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_FALSE(heard->Take(Call::WithTimeout(absl::ZeroDuration())).ok());
}

KERNEL_TEST(PodRuntime, OneThatMustBeNewIsNoOther) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const v1::PodSandboxConfig config = fixture.PodConfig("one");
  const auto run = [&](bool must_be_new) {
    return runtime.RunPod(fixture.Soon(), config, "", {.must_be_new = must_be_new});
  };
  const absl::StatusOr<std::string> pod = run(true);
  ASSERT_THAT(pod, test::IsOk());
  EXPECT_THAT(run(true), test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(runtime.FindPod(*pod)->state, v1::SANDBOX_READY);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), *pod), test::IsOk());
  // Of two at once one makes it, and is not asked about the other's.
  absl::StatusOr<std::string> other;
  std::thread beside([&] { other = run(true); });
  const absl::StatusOr<std::string> made = run(true);
  beside.join();
  EXPECT_NE(made.ok(), other.ok());
  EXPECT_EQ(runtime.Pods().size(), 1u);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), runtime.Pods().at(0).id), test::IsOk());
}

KERNEL_TEST(PodRuntime, RunsAPodFromStartToRemoval) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string mounts = ReadAll("/proc/self/mountinfo");
  const std::string pod = fixture.RunPod("one");
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_READY);
  const std::string container = fixture.Start(pod, "main", "echo hello; exec sleep 1000");
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_RUNNING);
  EXPECT_TRUE(
      Eventually([&] { return fixture.Log(container).find("hello") != std::string::npos; }));
  EXPECT_THAT(fixture.Log(container), HasSubstr("stdout F hello\n"));
  absl::StatusOr<ExecResult> result =
      runtime.ExecSync(fixture.Soon(), container, {"/bin/echo", "inside"}, absl::Seconds(10));
  ASSERT_THAT(result, test::IsOk());
  EXPECT_EQ(result->out, "inside\n");
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::ZeroDuration()), test::IsOk());
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_EXITED);
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 137);
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), container), test::IsOk());
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
  EXPECT_EQ(ReadAll("/proc/self/mountinfo"), mounts);
}

KERNEL_TEST(PodRuntime, AnswersForWhatItDoesNotKnowAsTheCriSays) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string unknown(64, 'f');
  EXPECT_THAT(runtime.FindPod(unknown), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.FindContainer(unknown), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.StartContainer(Call(), unknown), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.Usage(unknown), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.ReopenLog(Call(), unknown), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.StopPod(Call(), unknown), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(Call(), unknown), test::IsOk());
  EXPECT_THAT(runtime.StopContainer(Call(), unknown, absl::Seconds(1)), test::IsOk());
  EXPECT_THAT(runtime.RemoveContainer(Call(), unknown), test::IsOk());
  EXPECT_THAT(runtime.RunPod(Call(), fixture.PodConfig("one"), "kata", {}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kata")));
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodRuntime, NamesAreTakenOnceAndFreedByRemoval) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  EXPECT_THAT(runtime.RunPod(Call(), fixture.PodConfig("one"), "", {}),
              test::StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr(pod)));
  v1::PodSandboxConfig second = fixture.PodConfig("one");
  second.mutable_metadata()->set_attempt(1);
  const std::string newer = fixture.RunPod(second);
  const std::vector<PodSnapshot> pods = runtime.Pods();
  ASSERT_EQ(pods.size(), 2u);
  EXPECT_EQ(pods[0].id, newer);
  EXPECT_GT(pods[0].created_at, pods[1].created_at);
  fixture.Create(pod, "main", "true");
  EXPECT_THAT(
      runtime.CreateContainer(Call(), fixture.Request(*runtime.FindPod(pod), "main", "true")),
      test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), newer.substr(0, 12)), test::IsOk());
  fixture.RunPod("one");
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), runtime.Pods()[0].id), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodRuntime, RemovingAPodRemovesWhatRunsInIt) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  std::vector<std::string> removed;
  runtime.OnContainerRemoved([&](const std::string& id) { removed.push_back(id); });
  const std::string pod = fixture.RunPod("one");
  const std::string running = fixture.Start(pod, "a", "exec sleep 1000");
  const std::string created = fixture.Create(pod, "b", "true");
  EXPECT_THAT(runtime.ContainerIds(), ::testing::UnorderedElementsAre(running, created));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(removed, ::testing::UnorderedElementsAre(running, created));
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodRuntime, TheParentOfItsPodsCgroupsStays) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const Cgroup parent(fixture.hierarchies(), fixture.cgroup_root());
  const auto is_there = [](const std::string& path) { return access(path.c_str(), F_OK) == 0; };
  EXPECT_THAT(parent.directories(), ::testing::Each(::testing::Truly(is_there)));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), fixture.RunPod("one")), test::IsOk());
  EXPECT_THAT(parent.directories(), ::testing::Each(::testing::Truly(is_there)));
}

KERNEL_TEST(PodRuntime, AStoppedPodStaysStoppedAndTakesNoContainers) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string created = fixture.Create(pod, "late", "true");
  const std::string running = fixture.Start(pod, "main", "exec sleep 1000");
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_EQ(fixture.StateOf(running), v1::CONTAINER_EXITED);
  EXPECT_THAT(runtime.StartContainer(Call(), created),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.CreateContainer(Call(), fixture.Request(*runtime.FindPod(pod), "x", "true")),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(RuntimeFixture::ShimPids().empty());
  EXPECT_TRUE(fixture.PodCgroups().empty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodRuntime, ReportsUsageOfRunningContainersOnly) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  absl::StatusOr<ContainerUsage> usage = runtime.Usage(container);
  ASSERT_THAT(usage, test::IsOk());
  EXPECT_GT(usage->cpu_ns, 0u);
  EXPECT_GT(usage->memory_usage, 0u);
  EXPECT_GE(usage->pids, 1u);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::ZeroDuration()), test::IsOk());
  EXPECT_THAT(runtime.Usage(container), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(PodRuntime, TakesEveryHandlerThatItNames) {
  RuntimeFixture fixture;
  fixture.options().handlers["crun"] = {"/usr/bin/crun", "", {}};
  PodRuntime& runtime = fixture.Open();
  std::vector<std::string> names;
  for (const HandlerFeatures& handler : runtime.Handlers()) {
    names.push_back(handler.name);
    absl::StatusOr<std::string> pod =
        runtime.RunPod(fixture.Soon(), fixture.PodConfig("of-" + handler.name), handler.name, {});
    ASSERT_THAT(pod, test::IsOk());
    EXPECT_EQ(runtime.FindPod(*pod)->runtime_handler, handler.name);
    EXPECT_THAT(runtime.RemovePod(fixture.Soon(), *pod), test::IsOk());
  }
  EXPECT_THAT(names, ::testing::ElementsAre("", "berth", "crun"));
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodRuntime, ReopensALogThatWasMovedAway) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(
      pod, "main", "echo before; while [ ! -e /go ]; do sleep 0.01; done; echo after; sleep 1000");
  ASSERT_TRUE(
      Eventually([&] { return fixture.Log(container).find("before") != std::string::npos; }));
  const std::string path = runtime.FindContainer(container)->log_path;
  ASSERT_EQ(rename(path.c_str(), (path + ".1").c_str()), 0);
  EXPECT_THAT(runtime.ReopenLog(fixture.Soon(), container), test::IsOk());
  EXPECT_EQ(fixture.Log(container), "");
  EXPECT_THAT(
      runtime.ExecSync(fixture.Soon(), container, {"/bin/sh", "-c", ">/go"}, absl::Seconds(10)),
      test::IsOk());
  EXPECT_TRUE(
      Eventually([&] { return fixture.Log(container).find("after") != std::string::npos; }));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
