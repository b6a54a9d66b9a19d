// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/event_queue.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {

// An engine that is yet to open, over what an earlier one has left.
struct LifecycleUnderTest : EngineUnderTest {
  EngineContainerRecord& Record(const std::string& name) {
    EngineContainerRecord& record = records.emplace_back();
    record.id = record.name = name;
    record.config = record.host_config = Json::object();
    return record;
  }

  // On record as one that runs, which it does in the pod "p-<name>".
  EngineContainerRecord& Running(const std::string& name) {
    EngineContainerRecord& record = Record(name);
    record.state.status = EngineStatus::kRunning;
    record.state.pod_id = runtime.pods.emplace_back().id = "p-" + name;
    runtime::ContainerSnapshot& container = runtime.containers.emplace_back();
    container.id = name;
    container.pod_id = record.state.pod_id;
    container.state = ::runtime::v1::CONTAINER_RUNNING;
    return record;
  }

  void OpenWithRecords() {
    for (const EngineContainerRecord& record : records) {
      ASSERT_THAT(database->Put(EngineTable::kContainers, record.id, FormatRecord(record)),
                  test::IsOk());
    }
    Open();
  }

  void TellExit(const std::string& name, const std::string& reason = "", int64_t finished_at = 0) {
    auto event = std::make_shared<runtime::ContainerEvent>();
    event->id = name;
    event->type = ::runtime::v1::CONTAINER_STOPPED_EVENT;
    runtime::ContainerSnapshot& container = event->containers.emplace_back();
    container.id = name;
    container.pod_id = "p-" + name;
    container.exit_code = 3;
    container.reason = reason;
    container.finished_at = finished_at;
    runtime.subscribers.back().lock()->Push(event);
  }

  bool IsExited(const std::string& name) {
    return engine->Find(name)->state.status == EngineStatus::kExited;
  }

  // "kill 15": each event's action, with its signal where it has one.
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    const auto taken = events.Take(Call(), 0);
    EXPECT_THAT(taken, test::IsOk());
    for (const EngineEvent& event : taken.value().events) {
      const auto signal = event.attributes.find("signal");
      told.push_back(event.action + (signal == event.attributes.end() ? "" : " " + signal->second));
    }
    return told;
  }

  std::list<EngineContainerRecord> records;
};

}  // namespace berth::cri
