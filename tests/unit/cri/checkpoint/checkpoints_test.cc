// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/checkpoints.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_checkpointer.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

class CheckpointsTest : public ::testing::Test {
 protected:
  CheckpointsTest() {
    std::filesystem::create_directory(space_.Join("out"));
    std::filesystem::create_directories(space_.Join("root/checkpoints/left/over"));
    std::filesystem::create_directory(space_.Join("upper"));
    std::ofstream(space_.Join("upper/written")) << "by c1";
    checkpointer_.upper = space_.Join("upper");
    checkpoints_.emplace(runtime_, checkpointer_, space_.Join("root"));
    runtime_.pods.emplace_back().id = "aa";
    for (const char* id : {"c1", "c2"}) {
      runtime::ContainerSnapshot& container = runtime_.containers.emplace_back();
      container.id = id;
      container.pod_id = "aa";
      container.config.mutable_metadata()->set_name(id);
      runtime_.usage[id].memory_usage = 1 << 20;
    }
  }

  std::vector<std::string> Out() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(space_.Join("out"))) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  bool NoScratch() const {
    const std::string path = space_.Join("root/checkpoints");
    return !std::filesystem::exists(path) || std::filesystem::is_empty(path);
  }
  absl::Status Save() { return checkpoints_->Save(Call(), "c1", space_.Join("out/a.tar")); }
  absl::Status SavePod(const std::vector<std::string>& ids) {
    return checkpoints_->SavePod(Call(), "aa", space_.Join("out"), ids);
  }

  test::TempDir space_;
  test::FakePodRuntime runtime_;
  test::FakeCheckpointer checkpointer_;
  std::optional<Checkpoints> checkpoints_;
};

TEST_F(CheckpointsTest, SavesAContainerWithAllItsParts) {
  ASSERT_THAT(Save(), IsOk());
  EXPECT_THAT(Out(), ::testing::ElementsAre("a.tar"));
  std::ifstream file(space_.Join("out/a.tar"), std::ios::binary);
  const std::string archive((std::istreambuf_iterator<char>(file)), {});
  for (const char* member : {"config.dump", "spec.dump", "berth.dump", "rootfs-diff.tar",
                             "deleted.files", "checkpoint/core-1.img", "berth.signature"}) {
    EXPECT_THAT(archive, HasSubstr(member));
  }
  EXPECT_THAT(archive, HasSubstr("by c1"));
  EXPECT_TRUE(NoScratch());
}

TEST_F(CheckpointsTest, WhateverFailsLeavesNothing) {
  const absl::Status failure = absl::UnimplementedError("criu is not installed");
  checkpointer_.failure = failure;
  EXPECT_EQ(Save(), failure);
  EXPECT_EQ(SavePod({"c1", "c2"}), failure);
  checkpointer_.failure = absl::OkStatus();
  std::ofstream(space_.Join("upper/.wh.written"));
  EXPECT_THAT(Save(), StatusIs(absl::StatusCode::kFailedPrecondition));
  std::filesystem::remove(space_.Join("upper/.wh.written"));
  runtime_.usage["c1"].memory_usage = uint64_t{1} << 60;
  EXPECT_THAT(Save(), StatusIs(absl::StatusCode::kResourceExhausted));
  // Room for the images, and none for the archive beside them.
  runtime_.usage["c1"].memory_usage = std::filesystem::space(space_.path()).available * 3 / 4;
  EXPECT_THAT(Save(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(SavePod({"c1"}), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(checkpointer_.saved, ::testing::IsEmpty()) << "nothing was frozen";
  EXPECT_THAT(Out(), ::testing::IsEmpty());
  EXPECT_TRUE(NoScratch()) << "nor does what an earlier daemon left";
}

TEST_F(CheckpointsTest, TheLocationIsANewFile) {
  std::ofstream(space_.Join("out/a.tar")) << "kept";
  EXPECT_THAT(Save(), StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("location")));
  EXPECT_THAT(checkpoints_->Save(Call(), "c1", "a.tar"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("location")));
  EXPECT_THAT(checkpointer_.saved, ::testing::IsEmpty());
  EXPECT_THAT(checkpoints_->Save(Call(), "none", space_.Join("out/b.tar")),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(CheckpointsTest, SavesAPodIntoADirectory) {
  ASSERT_THAT(SavePod({"c1", "c2"}), IsOk());
  EXPECT_THAT(Out(), ::testing::UnorderedElementsAre("c1.tar", "c2.tar", "pod.options"));
  EXPECT_TRUE(NoScratch());
  EXPECT_THAT(SavePod({"c1"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
}

TEST_F(CheckpointsTest, APodsContainersAreItsOwnEachOnce) {
  EXPECT_THAT(SavePod({"c1", "c1"}), StatusIs(absl::StatusCode::kInvalidArgument));
  runtime_.containers[1].pod_id = "bb";
  EXPECT_THAT(SavePod({"c1", "c2"}), StatusIs(absl::StatusCode::kInvalidArgument));
  runtime_.containers[0].config.mutable_metadata()->set_name(std::string(253, 'a'));
  EXPECT_THAT(SavePod({"c1"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("aaa.tar")));
  EXPECT_THAT(checkpointer_.saved, ::testing::IsEmpty());
  EXPECT_THAT(checkpoints_->SavePod(Call(), "aa", space_.Join("none"), {"c1"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("output_path")));
  EXPECT_THAT(checkpoints_->SavePod(Call(), "aa", "out", {"c1"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("output_path")));
  EXPECT_THAT(Out(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace berth::cri
