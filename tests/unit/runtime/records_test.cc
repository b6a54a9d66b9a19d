// SPDX-License-Identifier: Apache-2.0
#include "runtime/records.h"

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PodRecord MakePod(const std::string& id, int64_t created_at) {
  PodRecord pod;
  pod.id = id;
  pod.config.mutable_metadata()->set_name("name-" + id);
  (*pod.config.mutable_labels())["k"] = "v";
  pod.handler = "h";
  pod.created_at = created_at;
  pod.cgroup = "/berth/" + id;
  pod.state.attached = true;
  return pod;
}

ContainerRecord MakeContainer(const std::string& id, const std::string& pod_id) {
  ContainerRecord container;
  container.id = id;
  container.pod_id = pod_id;
  container.config.mutable_metadata()->set_name("main");
  container.image.reference = "busybox";
  container.created_at = 7;
  container.log_path = "/log";
  container.uid = 4294967294u;
  container.gid = 5;
  container.groups = {5, 6};
  container.stop_signal = v1::SIGNAL_SIGTERM;
  return container;
}

class RecordsTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    records_.reset();
    absl::StatusOr<std::unique_ptr<Records>> opened = Records::Open(dir_.Join("runtime.db"));
    ASSERT_THAT(opened, test::IsOk());
    records_ = *std::move(opened);
  }

  test::TempDir dir_;
  std::unique_ptr<Records> records_;
};

TEST_F(RecordsTest, PodsComeBackAsTheyWere) {
  ASSERT_THAT(records_->AddPod(MakePod("b", 2)), test::IsOk());
  ASSERT_THAT(records_->AddPod(MakePod("a", 1)), test::IsOk());
  PodState state;
  state.phase = PodPhase::kReady;
  state.version = 1;
  state.shim_pid = 42;
  state.ips = {"10.0.0.1", "fd00::1"};
  ASSERT_THAT(records_->SetPodState("a", state), test::IsOk());
  Reopen();
  absl::StatusOr<std::vector<PodRecord>> pods = records_->Pods();
  ASSERT_THAT(pods, test::IsOkAndHolds(SizeIs(2)));
  const PodRecord& pod = pods->front();
  EXPECT_EQ(pod.id, "a");
  EXPECT_EQ(pod.config.metadata().name(), "name-a");
  EXPECT_EQ(pod.config.labels().at("k"), "v");
  EXPECT_EQ(pod.handler, "h");
  EXPECT_EQ(pod.cgroup, "/berth/a");
  EXPECT_EQ(pod.state.phase, PodPhase::kReady);
  EXPECT_EQ(pod.state.shim_pid, 42);
  EXPECT_FALSE(pod.state.attached);
  EXPECT_THAT(pod.state.ips, ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_EQ(pods->back().state.phase, PodPhase::kStarting);
  EXPECT_TRUE(pods->back().state.attached);
}

TEST_F(RecordsTest, ContainersComeBackAsTheyWere) {
  ASSERT_THAT(records_->AddContainer(MakeContainer("c", "p"), "the plan"), test::IsOk());
  ContainerState state;
  state.phase = ContainerPhase::kExited;
  state.version = 3;
  state.pid = 9;
  state.started_at = 10;
  state.finished_at = 11;
  state.exit_code = -1;
  state.reason = "Error";
  state.message = "why";
  ASSERT_THAT(records_->SetContainerState("c", state), test::IsOk());
  Reopen();
  absl::StatusOr<std::vector<ContainerRecord>> containers = records_->Containers();
  ASSERT_THAT(containers, test::IsOkAndHolds(SizeIs(1)));
  const ContainerRecord& container = containers->front();
  EXPECT_EQ(container.pod_id, "p");
  EXPECT_EQ(container.config.metadata().name(), "main");
  EXPECT_EQ(container.image.reference, "busybox");
  EXPECT_EQ(container.created_at, 7);
  EXPECT_EQ(container.uid, 4294967294u);
  EXPECT_THAT(container.groups, ElementsAre(5u, 6u));
  EXPECT_EQ(container.stop_signal, v1::SIGNAL_SIGTERM);
  EXPECT_EQ(container.state.phase, ContainerPhase::kExited);
  EXPECT_EQ(container.state.version, 3);
  EXPECT_EQ(container.state.started_at, 10);
  EXPECT_EQ(container.state.finished_at, 11);
  EXPECT_EQ(container.state.exit_code, -1);
  EXPECT_EQ(container.state.reason, "Error");
  EXPECT_EQ(container.state.message, "why");
  EXPECT_THAT(records_->ReadPlan("c"), test::IsOkAndHolds("the plan"));
}

TEST_F(RecordsTest, APlanIsBytes) {
  const std::string plan("\0\xff\0x", 4);
  ASSERT_THAT(records_->AddContainer(MakeContainer("c", "p"), plan), test::IsOk());
  EXPECT_THAT(records_->ReadPlan("c"), test::IsOkAndHolds(plan));
  EXPECT_THAT(records_->ReadPlan("c"), test::IsOkAndHolds(plan));
  EXPECT_THAT(records_->ReadPlan("x"), test::StatusIs(absl::StatusCode::kInternal));
}

TEST_F(RecordsTest, AnOlderStateNeverReplacesANewerOne) {
  ASSERT_THAT(records_->AddContainer(MakeContainer("c", "p"), ""), test::IsOk());
  ContainerState exited;
  exited.phase = ContainerPhase::kExited;
  exited.version = 2;
  ASSERT_THAT(records_->SetContainerState("c", exited), test::IsOk());
  ContainerState running;
  running.phase = ContainerPhase::kRunning;
  running.version = 1;
  ASSERT_THAT(records_->SetContainerState("c", running), test::IsOk());
  EXPECT_EQ(records_->Containers()->front().state.phase, ContainerPhase::kExited);
}

TEST_F(RecordsTest, AChangedConfigurationIsKept) {
  ASSERT_THAT(records_->AddContainer(MakeContainer("c", "p"), ""), test::IsOk());
  v1::ContainerConfig config;
  config.mutable_linux()->mutable_resources()->set_cpu_shares(5);
  ASSERT_THAT(records_->SetContainerConfig("c", config), test::IsOk());
  EXPECT_EQ(records_->Containers()->front().config.linux().resources().cpu_shares(), 5);
}

TEST_F(RecordsTest, RemovingAPodRemovesItsContainers) {
  ASSERT_THAT(records_->AddPod(MakePod("p", 1)), test::IsOk());
  ASSERT_THAT(records_->AddPod(MakePod("q", 2)), test::IsOk());
  ASSERT_THAT(records_->AddContainer(MakeContainer("c", "p"), "plan"), test::IsOk());
  ASSERT_THAT(records_->AddContainer(MakeContainer("d", "q"), "plan"), test::IsOk());
  ASSERT_THAT(records_->RemovePod("p"), test::IsOk());
  ASSERT_THAT(records_->RemovePod("p"), test::IsOk());
  EXPECT_THAT(*records_->Pods(), SizeIs(1));
  ASSERT_THAT(*records_->Containers(), SizeIs(1));
  EXPECT_EQ(records_->Containers()->front().id, "d");
  EXPECT_THAT(records_->ReadPlan("c"), test::StatusIs(absl::StatusCode::kInternal));
  ASSERT_THAT(records_->RemoveContainer("d"), test::IsOk());
  EXPECT_THAT(*records_->Containers(), IsEmpty());
}

TEST_F(RecordsTest, AnIdIsTakenOnce) {
  ASSERT_THAT(records_->AddPod(MakePod("p", 1)), test::IsOk());
  EXPECT_THAT(records_->AddPod(MakePod("p", 1)), test::StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_THAT(records_->AddPod(MakePod("q", 1)), test::IsOk());
}

TEST_F(RecordsTest, TheBootIsRemembered) {
  EXPECT_THAT(records_->BootId(), test::IsOkAndHolds(""));
  ASSERT_THAT(records_->SetBootId("one"), test::IsOk());
  ASSERT_THAT(records_->SetBootId("two"), test::IsOk());
  Reopen();
  EXPECT_THAT(records_->BootId(), test::IsOkAndHolds("two"));
}

TEST_F(RecordsTest, CountsItsChanges) {
  EXPECT_EQ(records_->activity().changes, 0);
  ASSERT_THAT(records_->AddPod(MakePod("p", 1)), test::IsOk());
  EXPECT_EQ(records_->activity().changes, 1);
}

TEST_F(RecordsTest, ACheckpointWhileTheyAreOpenLosesNothing) {
  ASSERT_THAT(records_->SetBootId("one"), test::IsOk());
  ASSERT_THAT(records_->AddPod(MakePod("p", 1)), test::IsOk());
  ASSERT_THAT(CheckpointRecords(dir_.Join("runtime.db")), test::IsOk());
  ASSERT_THAT(records_->AddPod(MakePod("q", 2)), test::IsOk());
  ASSERT_THAT(CheckpointRecords(dir_.Join("runtime.db")), test::IsOk());
  EXPECT_THAT(*records_->Pods(), SizeIs(2));
  Reopen();
  EXPECT_THAT(*records_->Pods(), SizeIs(2));
  EXPECT_THAT(records_->BootId(), test::IsOkAndHolds("one"));
}

TEST_F(RecordsTest, ALogThatWasLongIsCut) {
  PodRecord large = MakePod("p", 1);
  (*large.config.mutable_labels())["large"] = std::string(5 << 20, 'x');
  ASSERT_THAT(records_->AddPod(large), test::IsOk());
  const std::string log = dir_.Join("runtime.db-wal");
  EXPECT_GT(std::filesystem::file_size(log), 5u << 20);
  ASSERT_THAT(records_->Checkpoint(), test::IsOk());
  EXPECT_LE(std::filesystem::file_size(log), 4u << 20);
  Reopen();
  EXPECT_THAT(*records_->Pods(), SizeIs(1));
}

TEST_F(RecordsTest, AFileThatIsNoDatabaseIsDataLoss) {
  const std::string path = dir_.Write("other.db", std::string(8192, 'x'));
  EXPECT_THAT(Records::Open(path).status(), test::StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::runtime
