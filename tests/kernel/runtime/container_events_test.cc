// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_events.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/event_queue.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

constexpr const char* kNames[] = {"created", "started", "stopped", "deleted"};

// The next events: "pod started".
std::vector<std::string> Next(EventQueue& queue, size_t count,
                              const std::map<std::string, std::string>& names) {
  std::vector<std::string> events;
  int64_t last = 0;
  while (events.size() < count) {
    const auto event = queue.Take(RuntimeFixture::Soon());
    if (!event.ok()) {
      ADD_FAILURE() << event.status() << " after " << events.size() << " events";
      break;
    }
    EXPECT_GT((*event)->at, last);
    last = (*event)->at;
    const auto name = names.find((*event)->id);
    events.push_back(
        absl::StrCat(name == names.end() ? "?" : name->second, " ", kNames[(*event)->type]));
  }
  return events;
}

KERNEL_TEST(ContainerEvents, TellTheLifeOfAPod) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const auto queue = runtime.SubscribeToEvents();
  const std::string pod = fixture.RunPod("one");
  const std::string brief = fixture.Start(pod, "brief", "exit 3");
  fixture.AwaitExit(brief);
  EXPECT_THAT(
      Next(*queue, 5, {{pod, "pod"}, {brief, "brief"}}),
      ElementsAre("pod created", "pod started", "brief created", "brief started", "brief stopped"));
  const std::string main = fixture.Start(pod, "main", "exec sleep 1000");
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), brief), test::IsOk());
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(Next(*queue, 7, {{pod, "pod"}, {brief, "brief"}, {main, "main"}}),
              ElementsAre("main created", "main started", "brief deleted", "main stopped",
                          "pod stopped", "main deleted", "pod deleted"));
}

KERNEL_TEST(ContainerEvents, HaveTheStateAfterwards) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string main = fixture.Create(pod, "main", "exit 3");
  const int64_t before = runtime.FindPod(pod)->found_at;
  const auto queue = runtime.SubscribeToEvents();
  ASSERT_THAT(runtime.StartContainer(fixture.Soon(), main), test::IsOk());
  const auto started = queue->Take(fixture.Soon()).value();
  EXPECT_GT(started->at, before);
  EXPECT_EQ(started->pod.id, pod);
  EXPECT_EQ(started->pod.state, v1::SANDBOX_READY);
  const auto stopped = queue->Take(fixture.Soon()).value();
  ASSERT_EQ(stopped->containers.size(), 1u);
  EXPECT_EQ(stopped->containers[0].state, v1::CONTAINER_EXITED);
  EXPECT_EQ(stopped->containers[0].exit_code, 3);
  EXPECT_GT(runtime.FindPod(pod)->found_at, stopped->at);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(ContainerEvents, GoOnAfterARestart) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string main = fixture.Start(pod, "main", "exec sleep 1000");
  PodRuntime& reopened = fixture.Open();
  const auto queue = reopened.SubscribeToEvents();
  EXPECT_THAT(reopened.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(Next(*queue, 4, {{pod, "pod"}, {main, "main"}}),
              ElementsAre("main stopped", "pod stopped", "main deleted", "pod deleted"));
}

}  // namespace
}  // namespace berth::runtime
