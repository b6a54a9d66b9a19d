// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/health/health_monitor.h"

#include <atomic>
#include <memory>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_process.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

constexpr int64_t kHour = int64_t{3600} * 1'000'000'000;

// One container that runs, "web", and is probed every hour, for the first time now.
class HealthMonitorTest : public ::testing::Test, protected EngineUnderTest {
 protected:
  HealthMonitorTest() {
    EngineContainerRecord record;
    record.name = "web";
    record.config = {
        {"Healthcheck",
         {{"Test", {"CMD", "check"}}, {"Interval", kHour}, {"Timeout", kHour}, {"Retries", 1}}}};
    record.host_config = Json::object();
    record.state.status = EngineStatus::kRunning;
    record.state.pod_id = "p1";
    record.state.started_at = absl::GetCurrentTimeNanos() - kHour;
    record.state.health = FirstHealth(ParseHealth(record.config).value());
    EXPECT_TRUE(database->Put(EngineTable::kContainers, "c1", FormatRecord(record)).ok());
    runtime.pods.resize(1);
    runtime.pods[0].id = "p1";
    runtime::ContainerSnapshot& container = runtime.containers.emplace_back();
    container.id = "c1";
    container.pod_id = "p1";
    container.started_at = record.state.started_at;
    container.state = ::runtime::v1::CONTAINER_RUNNING;
    Open();
  }

  // Waits until it is told of.
  void Await(const std::string& action) {
    for (uint64_t from = 0;;) {
      const absl::StatusOr<EventHub::Batch> batch =
          events.Take(Call::WithTimeout(absl::Seconds(30)), from);
      ASSERT_TRUE(batch.ok()) << "nobody tells of " << action;
      for (const EngineEvent& event : batch->events) {
        if (event.action == action) {
          return;
        }
      }
      from = batch->next;
    }
  }
};

TEST_F(HealthMonitorTest, AProbeThatEndsWellIsHealth) {
  test::FakeProcess process;
  process.Exit(0);
  runtime.session = std::move(process.session);
  const auto monitor = HealthMonitor::Start(*engine, runtime, events).value();
  Await("health_status: healthy");
  EXPECT_EQ(engine->Find("web")->state.health.log.front().exit_code, 0);
}

TEST_F(HealthMonitorTest, OneThatCannotBeStartedIsNot) {
  runtime.failures["Exec"] = absl::InternalError("no such program");
  const auto monitor = HealthMonitor::Start(*engine, runtime, events).value();
  Await("health_status: unhealthy");
  const Probe probe = engine->Find("web")->state.health.log.front();
  EXPECT_EQ(probe.exit_code, -1);
  EXPECT_EQ(probe.output, "no such program");
}

TEST_F(HealthMonitorTest, AProbeThatMeetsAPauseIsMadeUpFor) {
  constexpr int64_t kMillisecond = 1'000'000;
  // As when it is paused after it was looked at, and goes on: the first probe cannot be started.
  class Refusing : public test::FakePodRuntime {
   public:
    absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> Exec(
        const Call& call, absl::string_view id, const runtime::ExecCommand& command,
        const runtime::StreamChoice& choice) override {
      if (tries++ == 0) {
        return absl::FailedPreconditionError("frozen");
      }
      return FakePodRuntime::Exec(call, id, command, choice);
    }
    std::atomic<int> tries = 0;
  } refusing;
  EngineContainerRecord record = engine->Find("web").value();
  record.config["Healthcheck"]["Interval"] = kMillisecond;
  ASSERT_TRUE(database->Put(EngineTable::kContainers, "c1", FormatRecord(record)).ok());
  Open();
  refusing.containers = runtime.containers;
  refusing.failures["Exec"] = absl::InternalError("no such program");
  const auto monitor = HealthMonitor::Start(*engine, refusing, events).value();
  Await("health_status: unhealthy");
  EXPECT_GE(refusing.tries, 2);
}

TEST_F(HealthMonitorTest, EndsWithAProbeInProgress) {
  test::FakeProcess process;
  runtime.session = std::move(process.session);
  HealthMonitor::Start(*engine, runtime, events).value().reset();
  EXPECT_EQ(engine->Find("web")->state.health.status, HealthStatus::kStarting);
}

}  // namespace
}  // namespace berth::cri
