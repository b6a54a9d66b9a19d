// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_hooks.h"

#include <algorithm>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/nri/fake_plugin.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kNew[] = "c2";

// Of whose stops none has ended when its caller goes.
class LongStops : public test::FakePodRuntime {
 public:
  absl::Status StopContainer(const Call& call, absl::string_view id,
                             absl::Duration grace) override {
    longest_wait = std::max(longest_wait, call.remaining());
    const absl::Status stopped = FakePodRuntime::StopContainer(call, id, grace);
    return stopped.ok() ? absl::DeadlineExceededError("it still runs") : stopped;
  }

  absl::Duration longest_wait = absl::ZeroDuration();
};

class Hooks : public ::testing::Test {
 protected:
  Hooks() {
    pod.id = "p1";
    pod.state = v1::SANDBOX_READY;
    runtime.pods.push_back(pod);
    runtime::ContainerSnapshot container;
    container.id = "c1";
    container.pod_id = "p1";
    container.state = v1::CONTAINER_RUNNING;
    runtime.containers.push_back(container);
    request.id = kNew;
    request.pod_id = "p1";
    NriOptions options;
    options.socket = dir.Join("nri.sock");
    auto started = NriHooks::Start(options, runtime, [this](const v1::ContainerConfig& config) {
      return config.annotations().count("bad") != 0 ? absl::InvalidArgumentError("bad annotation")
                                                    : absl::OkStatus();
    });
    EXPECT_THAT(started.status(), IsOk());
    hooks = *std::move(started);
  }

  // Returns when it is asked from now on.
  std::unique_ptr<FakePlugin> Connect(const std::string& index, FakePlugin::Answers answers) {
    auto plugin =
        std::make_unique<FakePlugin>(ConnectAsPlugin(dir.Join("nri.sock")), std::move(answers));
    EXPECT_TRUE(plugin->Register(index, "test").has_value());
    plugin->AwaitCalls(2);
    // Its joining ends with the turn in which it is told of the inventory.
    hooks->BeforeStop(Call(), pod);
    return plugin;
  }
  absl::Status Create() { return hooks->BeforeCreate(Call(), pod, request); }

  test::TempDir dir;
  LongStops runtime;
  runtime::PodSnapshot pod;
  runtime::ContainerRequest request;
  std::unique_ptr<NriHooks> hooks;
};

FakePlugin::Answers OnCreate(api::CreateContainerResponse response) {
  return [response](const std::string& method, const std::string&) {
    return method == "CreateContainer" ? FakeAnswer{0, response.SerializeAsString()} : FakeAnswer();
  };
}

api::CreateContainerResponse Annotation(const std::string& name) {
  api::CreateContainerResponse response;
  (*response.mutable_adjust()->mutable_annotations())[name] = "1";
  return response;
}

TEST_F(Hooks, WithoutPluginsNothingChanges) {
  EXPECT_FALSE(hooks->listening());
  EXPECT_THAT(hooks->BeforeReady(Call(), pod), IsOk());
  hooks->AfterRun("p1", true);
  EXPECT_THAT(Create(), IsOk());
  hooks->AfterCreate(kNew, true);
  v1::LinuxContainerResources update;
  EXPECT_THAT(hooks->BeforeUpdate(Call(), "c1", update), IsOk());
}

TEST_F(Hooks, AdjustmentsOfAllPluginsChangeTheRequest) {
  std::string seen;
  const auto first = Connect("00", OnCreate(Annotation("first")));
  const auto second = Connect("10", [&](const std::string& method, const std::string& payload) {
    if (method == "CreateContainer") {
      api::ContainerEvent event;
      event.ParseFromString(payload);
      seen = event.container().annotations().at("first");
      return FakeAnswer{0, Annotation("second").SerializeAsString()};
    }
    return FakeAnswer();
  });
  ASSERT_THAT(Create(), IsOk());
  EXPECT_EQ(seen, "1");
  EXPECT_EQ(request.config.annotations_size(), 2);
  runtime.containers.push_back(runtime.containers[0]);
  runtime.containers.back().id = kNew;
  hooks->AfterCreate(kNew, true);
  EXPECT_TRUE(first->AwaitCall("PostCreateContainer"));
}

TEST_F(Hooks, ConflictsFailTheCreationAndAreUndone) {
  const auto first = Connect("00", OnCreate(Annotation("same")));
  const auto second = Connect("10", OnCreate(Annotation("same")));
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("00-test and 10-test both set annotations same")));
  EXPECT_TRUE(first->AwaitCall("RemoveContainer"));
}

TEST_F(Hooks, WhatPluginsMakeOfARequestIsValidatedToo) {
  const auto plugin = Connect("00", OnCreate(Annotation("bad")));
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bad annotation")));
}

TEST_F(Hooks, AValidatorMayReject) {
  api::ValidateContainerAdjustmentRequest validated;
  const auto plugin = Connect("00", OnCreate(Annotation("a")));
  const auto validator = Connect("10", [&](const std::string& method, const std::string& payload) {
    api::ValidateContainerAdjustmentResponse response;
    if (method == "ValidateContainerAdjustment") {
      validated.ParseFromString(payload);
      response.set_reject(true);
      response.set_reason("never");
    }
    return FakeAnswer{0, response.SerializeAsString()};
  });
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("10-test rejects the container's adjustments: never")));
  EXPECT_EQ(validated.adjust().annotations().at("a"), "1");
  EXPECT_EQ(validated.container().annotations_size(), 0);
  EXPECT_EQ(validated.plugins_size(), 2);
  EXPECT_EQ(
      validated.owners().owners().at(kNew).compound().at(api::FIELD_ANNOTATIONS).owners().at("a"),
      "00-test");
}

TEST_F(Hooks, APluginThatJoinsLearnsOfWhatIsBeingMade) {
  ASSERT_THAT(Create(), IsOk());
  runtime::PodSnapshot starting;
  starting.id = "p2";
  ASSERT_THAT(hooks->BeforeReady(Call(), starting), IsOk());
  api::SynchronizeRequest told;
  const auto plugin = Connect("00", [&](const std::string& method, const std::string& payload) {
    if (method == "Synchronize") {
      told.ParseFromString(payload);
    }
    return FakeAnswer();
  });
  ASSERT_EQ(told.pods_size(), 2);
  EXPECT_EQ(told.pods(1).id(), "p2");
  ASSERT_EQ(told.containers_size(), 2);
  EXPECT_EQ(told.containers(1).id(), kNew);
  hooks->AfterCreate(kNew, false);
  hooks->AfterRun("p2", false);
  EXPECT_THAT(plugin->AwaitCalls(5), ElementsAre("Configure", "Synchronize", "StopPodSandbox",
                                                 "RemoveContainer", "RemovePodSandbox"));
}

TEST_F(Hooks, UpdatesOfOthersNameThemInFull) {
  for (const bool full : {true, false}) {
    api::CreateContainerResponse response;
    api::ContainerUpdate& update = *response.add_update();
    update.set_container_id(full ? "c1" : "c");
    update.mutable_linux()->mutable_resources()->mutable_cpu()->mutable_shares()->set_value(77);
    const auto plugin = Connect("00", OnCreate(response));
    if (full) {
      EXPECT_THAT(Create(), IsOk());
      EXPECT_EQ(runtime.resources.cpu_shares(), 77);
      hooks->AfterCreate(kNew, false);
    } else {
      EXPECT_THAT(Create(),
                  StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no container c")));
    }
    plugin->Leave();
    EXPECT_TRUE(plugin->AwaitEnd());
  }
}

TEST_F(Hooks, PluginsWantSoManyUpdatesAtATime) {
  api::CreateContainerResponse response;
  for (size_t i = 0; i <= kMaxWanted; ++i) {
    response.add_update()->set_container_id("c1");
  }
  const auto plugin = Connect("00", OnCreate(response));
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("00-test wants too many updates")));
  EXPECT_THAT(runtime.calls, Not(Contains(HasSubstr("UpdateResources"))));
}

TEST_F(Hooks, AnUpdateIsWhatPluginsMakeOfIt) {
  const auto plugin = Connect("00", [](const std::string& method, const std::string&) {
    api::UpdateContainerResponse response;
    if (method == "UpdateContainer") {
      api::ContainerUpdate& update = *response.add_update();
      update.set_container_id("c1");
      update.mutable_linux()->mutable_resources()->mutable_cpu()->set_cpus("3");
    }
    return FakeAnswer{0, response.SerializeAsString()};
  });
  v1::LinuxContainerResources update;
  update.set_cpu_shares(5);
  ASSERT_THAT(hooks->BeforeUpdate(Call(), "c1", update), IsOk());
  EXPECT_EQ(update.cpu_shares(), 5);
  EXPECT_EQ(update.cpuset_cpus(), "3");
  hooks->AfterUpdate("c1");
  EXPECT_TRUE(plugin->AwaitCall("PostUpdateContainer"));
}

TEST_F(Hooks, WhatAPodMayUseIsTold) {
  api::UpdatePodSandboxRequest seen;
  const auto plugin = Connect("00", [&](const std::string& method, const std::string& payload) {
    if (method == "UpdatePodSandbox") {
      seen.ParseFromString(payload);
    }
    return FakeAnswer();
  });
  v1::LinuxContainerResources overhead, resources;
  overhead.set_cpu_shares(3);
  resources.set_cpu_shares(4);
  EXPECT_THAT(hooks->BeforePodUpdate(Call(), "p1", overhead, resources), IsOk());
  EXPECT_EQ(seen.pod().id(), "p1");
  EXPECT_EQ(seen.overhead_linux_resources().cpu().shares().value(), 3u);
  EXPECT_EQ(seen.linux_resources().cpu().shares().value(), 4u);
  hooks->AfterPodUpdate("p1");
  EXPECT_TRUE(plugin->AwaitCall("PostUpdatePodSandbox"));
}

TEST_F(Hooks, EvictionsStopContainers) {
  const auto plugin =
      Connect("00", [](const std::string&, const std::string&) { return FakeAnswer(); });
  api::UpdateContainersRequest request_evictions;
  request_evictions.add_evict()->set_container_id("c1");
  request_evictions.add_evict()->set_container_id("unknown");
  ASSERT_TRUE(plugin->Call("UpdateContainers", request_evictions).has_value());
  EXPECT_THAT(runtime.calls, Contains(HasSubstr("StopContainer c1")));
  EXPECT_THAT(runtime.calls, Not(Contains(HasSubstr("unknown"))));
}

TEST_F(Hooks, NobodyWaitsForTheEndOfEvictions) {
  runtime.containers.push_back(runtime.containers[0]);
  runtime.containers.back().id = "c3";
  api::CreateContainerResponse response;
  for (const char* id : {"c1", "c3"}) {
    response.add_evict()->set_container_id(id);
  }
  const auto plugin = Connect("00", OnCreate(response));
  EXPECT_THAT(Create(), IsOk());
  EXPECT_THAT(runtime.calls,
              ElementsAre(HasSubstr("StopContainer c1 10s"), HasSubstr("StopContainer c3 10s")));
  EXPECT_EQ(runtime.longest_wait, absl::ZeroDuration());
}

TEST_F(Hooks, WhatHappensIsTold) {
  const auto plugin =
      Connect("00", [](const std::string&, const std::string&) { return FakeAnswer(); });
  hooks->Tell(runtime::Turn::kContainerStarted, pod, runtime.containers[0]);
  hooks->Tell(runtime::Turn::kContainerExited, pod, runtime.containers[0]);
  hooks->Tell(runtime::Turn::kContainerRemoved, pod, runtime.containers[0]);
  hooks->Tell(runtime::Turn::kPodRemoved, pod, std::nullopt);
  EXPECT_THAT(plugin->AwaitCalls(7),
              ElementsAre("Configure", "Synchronize", "StopPodSandbox", "PostStartContainer",
                          "StopContainer", "RemoveContainer", "RemovePodSandbox"));
}

}  // namespace
}  // namespace berth::nri
