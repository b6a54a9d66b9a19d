// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "cri/engine_api/execs/exec_registry.h"
#include "tests/fakes/fake_process.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {

// The commands of one container, "web", which runs.
struct ExecsUnderTest : EngineUnderTest {
  ExecsUnderTest() {
    EngineContainerRecord record;
    record.name = "web";
    record.config = record.host_config = Json::object();
    record.state.status = EngineStatus::kRunning;
    record.state.pod_id = "p1";
    EXPECT_TRUE(database->Put(EngineTable::kContainers, "c1", FormatRecord(record)).ok());
    runtime.pods.resize(1);
    runtime.pods[0].id = "p1";
    runtime::ContainerSnapshot& container = runtime.containers.emplace_back();
    container.id = "c1";
    container.pod_id = "p1";
    container.state = ::runtime::v1::CONTAINER_RUNNING;
    Open();
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

  std::unique_ptr<ExecRegistry> execs;
};

}  // namespace berth::cri
