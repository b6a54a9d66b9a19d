// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/pod_file_names.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/containers/lifecycle_under_test.h"

namespace berth::cri {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

TEST(ContainerLifecycle, AnEngineThatOpensPutsRightWhatAnEarlierOneLeft) {
  LifecycleUnderTest t;
  EngineContainerRecord& lost = t.Record("lost");
  lost.state.status = EngineStatus::kRunning;
  lost.state.pod_id = "gone";
  EngineContainerRecord& brief = t.Record("brief");
  brief.state = lost.state;
  brief.host_config["AutoRemove"] = true;
  t.runtime.pods.resize(1);
  t.runtime.pods[0].id = "stray";
  t.OpenWithRecords();
  EXPECT_EQ(t.engine->Find("lost")->state.status, EngineStatus::kExited);
  EXPECT_EQ(t.engine->Find("lost")->state.exit_code, 255);
  EXPECT_FALSE(t.engine->Find("brief").ok());
  EXPECT_THAT(t.runtime.calls, Contains(HasSubstr("RemovePod stray")));
}

TEST(ContainerLifecycle, ExitsWaitForWhoeverHoldsTheContainerAndForNobodyElse) {
  LifecycleUnderTest t;
  std::vector<std::string> held;
  for (int i = 0; i < 8; ++i) {  // more than there are workers
    held.push_back(absl::StrCat("held", i));
    t.Running(held.back());
  }
  t.Running("free");
  t.OpenWithRecords();
  std::vector<KeyedHolds::Hold> holds;
  for (const std::string& name : held) {
    holds.push_back(*t.engine->Hold(Call(), name));
    t.TellExit(name);
  }
  t.TellExit("free");
  EXPECT_TRUE(test::Eventually([&] { return t.IsExited("free"); }));
  EXPECT_FALSE(t.IsExited("held0"));
  holds.clear();
  for (const std::string& name : held) {
    EXPECT_TRUE(test::Eventually([&] { return t.IsExited(name); })) << name;
    EXPECT_EQ(t.engine->Find(name)->state.exit_code, 3);
  }
}

TEST(ContainerLifecycle, ADeathForWantOfMemoryIsTold) {
  LifecycleUnderTest t;
  t.Running("web");
  t.OpenWithRecords();
  t.TellExit("web", "OOMKilled");
  ASSERT_TRUE(test::Eventually([&] { return t.IsExited("web"); }));
  EXPECT_THAT(t.Told(), IsSupersetOf({"oom", "die"}));
}

TEST(ContainerLifecycle, TheFilesOfItsNetworkAreThoseOfTheLastRunOrNone) {
  LifecycleUnderTest t;
  const test::TempDir pods;
  for (const char* name : {"web", "db"}) {
    t.Running(name);
    t.runtime.pods.back().directory = pods.Join(name);
    std::filesystem::create_directories(pods.Join(name));
    for (const char* file : runtime::kPodFileNames) {
      std::ofstream(absl::StrCat(pods.Join(name), "/", file)) << "of this run";
    }
  }
  std::filesystem::resize_file(pods.Join("db") + "/resolv.conf", (1 << 20) + 1);
  t.OpenWithRecords();
  std::map<std::string, std::filesystem::path> kept;
  for (const char* name : {"web", "db"}) {
    kept[name] = std::filesystem::path(t.engine->LogPath(name)).parent_path();
    std::filesystem::create_directories(kept[name]);
    std::ofstream(kept[name] / "hosts") << "of an earlier run";
    t.TellExit(name);
  }
  for (const char* name : {"web", "db"}) {
    // They are settled before the pod goes.
    EXPECT_TRUE(
        test::Eventually([&] { return t.engine->Hold(Call(), name).ok() && t.IsExited(name); }));
  }
  for (const char* file : runtime::kPodFileNames) {
    EXPECT_EQ(std::filesystem::file_size(kept["web"] / file), 11u) << file;
    EXPECT_FALSE(std::filesystem::exists(kept["db"] / file)) << file;
  }
}

TEST(ContainerLifecycle, AnEndTellsHowLongItRan) {
  constexpr int64_t kSecond = 1'000'000'000;
  LifecycleUnderTest t;
  for (const auto& [name, start] : {std::pair{"web", 1}, {"db", 9}}) {
    EngineContainerRecord& record = t.Running(name);
    record.state.started_at = t.runtime.containers.back().started_at = start * kSecond;
  }
  t.OpenWithRecords();
  t.TellExit("web", "", 5 * kSecond - 1);
  t.TellExit("db", "", 5 * kSecond);  // the clock has been set back
  std::map<std::string, std::string> ran;
  ASSERT_TRUE(test::Eventually([&] { return t.IsExited("web") && t.IsExited("db"); }));
  const auto told = t.events.Take(Call(), 0);
  ASSERT_THAT(told, test::IsOk());
  for (const EngineEvent& event : told->events) {
    if (event.action == "die") {
      ran[event.attributes.at("name")] = event.attributes.at("execDuration");
    }
  }
  EXPECT_EQ(ran, (std::map<std::string, std::string>{{"db", "0"}, {"web", "3"}}));
}

TEST(ContainerLifecycle, AStopTellsOfItsSignal) {
  LifecycleUnderTest t;
  t.Running("web");
  t.Running("db").config["StopSignal"] = "SIGQUIT";
  t.OpenWithRecords();
  for (const char* name : {"web", "db"}) {  // which do not end
    EXPECT_FALSE(t.engine->Stop(Call::WithTimeout(absl::ZeroDuration()), name, {}).ok()) << name;
  }
  EXPECT_THAT(t.Told(), IsSupersetOf({"kill 15", "kill 3"}));
}

TEST(ContainerLifecycle, OneThatWaitsForItsRestartKeepsItsExitCode) {
  LifecycleUnderTest t;
  EngineContainerRecord& record = t.Record("again");
  record.state.status = EngineStatus::kRestarting;
  record.state.restart_count = 10;  // the next one comes in a minute
  record.state.exit_code = 3;
  record.state.finished_at = 1;
  record.host_config["RestartPolicy"] = {{"Name", "always"}};
  t.OpenWithRecords();
  EXPECT_EQ(t.engine->Find("again")->state.status, EngineStatus::kRestarting);
  EXPECT_EQ(t.engine->Find("again")->state.exit_code, 3);
}

TEST(ContainerLifecycle, OneThatWaitsForAnotherSaysSo) {
  LifecycleUnderTest t;
  for (const char* name : {"below", "above"}) {
    EngineContainerRecord& record = t.Record(name);
    record.state.status = EngineStatus::kRestarting;
    record.state.finished_at = 1;
    record.host_config["RestartPolicy"] = {{"Name", "always"}};
  }
  t.records.front().state.restart_count = 10;  // the next one comes in a minute
  t.records.back().host_config["PidMode"] = "container:below";
  t.OpenWithRecords();
  const auto above = [&t] { return t.engine->Find("above")->state; };
  EXPECT_TRUE(test::Eventually(
      [&] { return above().error == "waits for the container below, which does not run yet"; }));
  EXPECT_EQ(above().status, EngineStatus::kRestarting);
  EXPECT_EQ(above().restart_count, 0);
}

TEST(ContainerLifecycle, FilesThatNoRecordOwnsAreRemoved) {
  LifecycleUnderTest t;
  t.Record("owner");
  const std::filesystem::path all = t.space.Join("root/engine/containers");
  std::filesystem::create_directories(all / "owner");
  std::filesystem::create_directories(all / "stray" / "inside");
  t.OpenWithRecords();
  EXPECT_TRUE(std::filesystem::exists(all / "owner"));
  EXPECT_FALSE(std::filesystem::exists(all / "stray"));
}

TEST(ContainerLifecycle, AStartOfWhichNobodyHasNotedIsNoted) {
  LifecycleUnderTest t;
  for (const char* name : {"started", "known"}) {
    EngineContainerRecord& record = t.Running(name);
    record.config["Healthcheck"] = {{"Test", {"CMD", "true"}}};
    record.processes = "sha256:0";
    record.state = EngineState();
    record.state.status = EngineStatus::kExited;
    record.state.started_at = 1;
    record.state.finished_at = 2;
    record.state.exit_code = 3;
    record.state.stopped_by_user = true;
    t.runtime.containers.back().started_at = record.name == "started" ? 4 : 1;
  }
  t.OpenWithRecords();
  const auto now = t.engine->Find("started");
  ASSERT_THAT(now, test::IsOk());
  EXPECT_EQ(now->state.status, EngineStatus::kRunning);
  EXPECT_EQ(now->state.started_at, 4);
  EXPECT_EQ(now->state.finished_at, 0);
  EXPECT_EQ(now->state.exit_code, 0);
  EXPECT_FALSE(now->state.stopped_by_user);
  EXPECT_FALSE(now->resumes());
  EXPECT_EQ(now->state.health.status, HealthStatus::kStarting);
  EXPECT_TRUE(t.engine->Find("known")->resumes()) << "that start has been noted";
}

TEST(ContainerLifecycle, OneWhoseShimDoesNotAnswerHasNotEnded) {
  LifecycleUnderTest t;
  t.Running("silent");
  t.runtime.containers.back().state = ::runtime::v1::CONTAINER_UNKNOWN;
  t.OpenWithRecords();
  EXPECT_EQ(t.engine->Find("silent")->state.status, EngineStatus::kRunning);
  EXPECT_THAT(t.runtime.calls, ::testing::Not(Contains(HasSubstr("RemovePod"))));
  t.TellExit("silent");  // now it does
  EXPECT_TRUE(test::Eventually([&] { return t.IsExited("silent"); }));
}

TEST(ContainerLifecycle, WhoWaitsForARemovalThatFailsHearsWhy) {
  LifecycleUnderTest t;
  EngineContainerRecord& record = t.Record("brief");
  record.state.status = EngineStatus::kExited;
  record.state.started_at = record.state.finished_at = 1;
  record.host_config["AutoRemove"] = true;
  t.runtime.containers.emplace_back().id = "brief";  // of its last run
  t.runtime.failures["RemoveContainer"] = absl::InternalError("the disk is full");
  t.OpenWithRecords();
  const auto wait = [&] {
    return t.engine->Wait(Call(), "brief", WaitCondition::kRemoved, [] {}).status();
  };
  EXPECT_THAT(wait(), test::StatusIs(absl::StatusCode::kInternal, HasSubstr("the disk is full")));
  t.runtime.failures.clear();
  EXPECT_THAT(t.engine->Remove(Call(), "brief", {}), test::IsOk());
  EXPECT_THAT(wait(), test::StatusIs(absl::StatusCode::kNotFound));
}

TEST(ContainerLifecycle, ADeadOneAndItsPodAreLeftAlone) {
  LifecycleUnderTest t;
  t.Running("bad");
  t.Running("good");
  t.OpenWithRecords();
  t.engine.reset();
  const Json bad = {{"name", "bad"}, {"mounts", 4}};
  ASSERT_THAT(t.database->Put(EngineTable::kContainers, "bad", bad), test::IsOk());
  ASSERT_THAT(t.volumes->Create(Call(), {.name = "data"}), test::IsOk());
  const std::filesystem::path own = t.space.Join("root/engine/containers/bad");
  std::filesystem::create_directories(own);
  t.runtime.calls.clear();
  t.engine = ContainerEngine::Open(t.Parts(), t.space.Join("root")).value();
  EXPECT_THAT(t.runtime.calls, ::testing::Not(Contains(HasSubstr("bad"))));
  EXPECT_TRUE(std::filesystem::exists(own));
  EXPECT_EQ(t.engine->All().size(), 2u);
  EXPECT_THAT(t.engine->Find("good"), test::IsOk());
  const auto refused = test::StatusIs(absl::StatusCode::kFailedPrecondition,
                                      HasSubstr("can only be removed: its record cannot be read"));
  EXPECT_THAT(t.engine->Start(Call(), "bad"), refused);
  EXPECT_THAT(t.engine->Stop(Call(), "bad", {}), refused);
  EXPECT_THAT(t.engine->FindAny("bad"), test::IsOk()) << "to be looked at";
  EXPECT_THAT(t.volumes->Remove(Call(), "data", false),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("in use")));
  EXPECT_EQ(t.database->All(EngineTable::kContainers)->at("bad").value(), bad);
  EXPECT_THAT(
      t.engine->Remove(Call(), "bad", {}),
      test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("container is running")));
  EXPECT_THAT(t.engine->Remove(Call(), "bad", {.force = true}), test::IsOk());
  EXPECT_THAT(t.runtime.calls, Contains("RemovePod p-bad"));
  EXPECT_FALSE(std::filesystem::exists(own));
  EXPECT_THAT(t.volumes->Remove(Call(), "data", false), test::IsOk());
}

TEST(ContainerLifecycle, WhatOthersNeedStartsBeforeThem) {
  EngineUnderTest t;
  t.Open();
  Json host_config = {{"NetworkMode", "none"}, {"RestartPolicy", {{"Name", "always"}}}};
  ASSERT_THAT(t.Create("below", host_config), test::IsOk());
  host_config["PidMode"] = "container:below";
  ASSERT_THAT(t.Create("above", host_config), test::IsOk());
  t.engine.reset();
  const auto records = t.database->All(EngineTable::kContainers);
  ASSERT_THAT(records, test::IsOk());
  for (const auto& [id, json] : *records) {
    EngineContainerRecord record = ParseRecord(id, json);
    record.state.status = EngineStatus::kExited;
    record.state.started_at = record.state.finished_at = 1;
    ASSERT_THAT(t.database->Put(EngineTable::kContainers, id, FormatRecord(record)), test::IsOk());
    t.runtime.containers.emplace_back().id = id;
  }
  t.engine = ContainerEngine::Open(t.Parts(), t.space.Join("root")).value();
  for (const char* name : {"below", "above"}) {
    EXPECT_TRUE(test::Eventually([&] { return t.engine->Find(name)->state.running(); })) << name;
  }
}

}  // namespace
}  // namespace berth::cri
