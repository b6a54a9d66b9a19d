// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/execs/exec_registry.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/fakes/fake_process.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {

// The commands of one container, "web", which runs.
struct ExecsUnderTest {
  ExecsUnderTest() {
    EngineContainerRecord record;
    record.name = "web";
    record.config = record.host_config = record.networking = Json::object();
    record.state.status = EngineStatus::kRunning;
    record.state.pod_id = "p1";
    EXPECT_TRUE(database->Put(EngineTable::kContainers, "c1", FormatRecord(record)).ok());
    runtime.pods.resize(1);
    runtime.pods[0].id = "p1";
    runtime::ContainerSnapshot& container = runtime.containers.emplace_back();
    container.id = "c1";
    container.pod_id = "p1";
    container.state = ::runtime::v1::CONTAINER_RUNNING;
    engine = ContainerEngine::Open(runtime, images, *database, events, space.Join("root")).value();
    execs = std::make_unique<ExecRegistry>(*engine, runtime, events);
  }

  // The actions that have been told of.
  std::vector<std::string> Actions() {
    std::vector<std::string> actions;
    if (events.next() == 0) {
      return actions;
    }
    for (const EngineEvent& event : events.Take(Call(), 0)->events) {
      actions.push_back(event.action);
    }
    return actions;
  }

  static ExecSpec Spec() {
    return ParseExecSpec({{"Cmd", {"ls"}}, {"AttachStdout", true}}).value();
  }

  test::TempDir space;
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  EventHub events;
  const std::unique_ptr<EngineDatabase> database =
      EngineDatabase::Open(space.Join("engine.db")).value();
  std::unique_ptr<ContainerEngine> engine;
  std::unique_ptr<ExecRegistry> execs;
};

}  // namespace berth::cri
