// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

class PodTableTest : public ::testing::Test {
 protected:
  void SetUp() override { context_.records = Records::Open(dir_.Join("runtime.db")).value(); }

  static RuntimeOptions Options() {
    RuntimeOptions options;
    options.paths.state = "/run/berth";
    return options;
  }

  std::shared_ptr<Pod> AddPod(const std::string& id) {
    PodRecord record;
    record.id = id;
    record.config.mutable_metadata()->set_name(id);
    EXPECT_THAT(context_.records->AddPod(record), test::IsOk());
    auto pod = std::make_shared<Pod>(record, PodDirectory(context_, id));
    InsertPod(context_, pod);
    return pod;
  }

  std::shared_ptr<Container> AddContainer(const std::string& id, std::shared_ptr<Pod> pod,
                                          int64_t created_at) {
    ContainerRecord record;
    record.id = id;
    record.pod_id = pod->id();
    record.config.mutable_metadata()->set_name(id);
    record.created_at = created_at;
    EXPECT_THAT(context_.records->AddContainer(record, ""), test::IsOk());
    auto container = std::make_shared<Container>(record, std::move(pod));
    InsertContainer(context_, container);
    return container;
  }

  double Count(metrics::GaugeFamily& family, const char* state) {
    return family.Add({{"state", state}}).Value();
  }

  test::TempDir dir_;
  metrics::Metrics metrics_;
  RuntimeContext context_{Options(), metrics_};
};

TEST_F(PodTableTest, AChangeOfAPodIsRecordedAndCounted) {
  const std::shared_ptr<Pod> pod = AddPod("p");
  ASSERT_THAT(ChangePod(context_, *pod, [](PodState& state) { state.phase = PodPhase::kReady; }),
              test::IsOk());
  EXPECT_EQ(context_.records->Pods()->front().state.phase, PodPhase::kReady);
  EXPECT_EQ(Count(metrics_.pods, "ready"), 1);
}

TEST_F(PodTableTest, ATransitionOfAContainerIsRecordedAndCounted) {
  const std::shared_ptr<Container> container = AddContainer("c", AddPod("p"), 1);
  ASSERT_THAT(RecordContainer(context_, *container, container->MarkRunning(4, 5)), test::IsOk());
  EXPECT_EQ(context_.records->Containers()->front().state.phase, ContainerPhase::kRunning);
  EXPECT_EQ(Count(metrics_.containers, "running"), 1);
  ASSERT_THAT(RecordContainer(context_, *container, std::nullopt), test::IsOk());
  EXPECT_EQ(Count(metrics_.containers, "running"), 1);
}

TEST_F(PodTableTest, ContainersOfAPodComeOldestFirst) {
  const std::shared_ptr<Pod> pod = AddPod("p");
  AddContainer("a", pod, 2);
  AddContainer("b", pod, 1);
  AddContainer("c", AddPod("q"), 3);
  std::vector<std::string> ids;
  for (const auto& container : ContainersOf(context_, "p")) {
    ids.push_back(container->id());
  }
  EXPECT_THAT(ids, ::testing::ElementsAre("b", "a"));
}

TEST_F(PodTableTest, WhatIsNotThereIsNotFound) {
  EXPECT_THAT(FindContainerOf(context_, "c").status(), test::StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PodTableTest, WhatIsErasedIsNeitherFoundNorCounted) {
  const std::shared_ptr<Pod> pod = AddPod("p");
  const std::shared_ptr<Container> container = AddContainer("c", pod, 1);
  EXPECT_EQ(Count(metrics_.pods, "starting"), 1);
  EXPECT_EQ(Count(metrics_.containers, "created"), 1);
  std::vector<std::string> removed;
  context_.removals.Listen([&](const std::string& id) { removed.push_back(id); });
  EraseContainer(context_, *container);
  ErasePod(context_, *pod);
  EXPECT_THAT(removed, ::testing::ElementsAre("c"));
  EXPECT_EQ(context_.pods.Find("p"), nullptr);
  EXPECT_EQ(context_.containers.Find("c"), nullptr);
  EXPECT_EQ(Count(metrics_.pods, "starting"), 0);
  EXPECT_EQ(Count(metrics_.containers, "created"), 0);
}

}  // namespace
}  // namespace berth::runtime
