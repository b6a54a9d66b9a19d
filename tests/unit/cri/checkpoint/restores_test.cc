// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/restores.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/checkpoint/checkpoints.h"
#include "tests/fakes/fake_checkpointer.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

class RestoresTest : public ::testing::Test {
 protected:
  RestoresTest() {
    std::filesystem::create_directory(space_.Join("root"));
    checkpointer_.restores = space_.Join("root/restores");
    runtime_.pods.emplace_back().id = "aa";
    runtime::ContainerSnapshot& container = runtime_.containers.emplace_back();
    container.id = "c1";
    container.pod_id = "aa";
    container.image.id = "sha256:base";
    runtime_.usage["c1"].memory_usage = 1;
    checkpoints_.emplace(runtime_, checkpointer_, space_.Join("root"));
    EXPECT_THAT(checkpoints_->Save(Call(), "c1", Archive()), IsOk());
  }
  std::string Archive() const { return space_.Join("a.tar"); }
  absl::StatusOr<SavedProgram> Unpack(const std::string& archive) {
    return checkpoints_->restores().Unpack(Call(), archive, "new");
  }
  bool Unpacked() const { return std::filesystem::exists(space_.Join("root/restores/new")); }

  test::TempDir space_;
  test::FakePodRuntime runtime_;
  test::FakeCheckpointer checkpointer_;
  std::optional<Checkpoints> checkpoints_;
};

TEST_F(RestoresTest, AnArchiveIsNamedByItsPath) {
  EXPECT_TRUE(NamesCheckpoint("/var/lib/kubelet/checkpoints/a.tar"));
  EXPECT_FALSE(NamesCheckpoint("registry/image:tag"));
  EXPECT_FALSE(NamesCheckpoint("sha256:abc"));
  EXPECT_FALSE(NamesCheckpoint(""));
}

TEST_F(RestoresTest, UnpacksWhatThisNodeHasSaved) {
  ASSERT_OK_AND_ASSIGN(const SavedProgram saved, Unpack(Archive()));
  EXPECT_EQ(saved.image, "sha256:base");
  EXPECT_TRUE(std::filesystem::exists(space_.Join("root/restores/new/checkpoint/core-1.img")));
  EXPECT_TRUE(std::filesystem::exists(space_.Join("root/restores/new/berth.dump")));
  EXPECT_TRUE(std::filesystem::is_empty(space_.Join("root/checkpoints")));
  EXPECT_THAT(checkpoints_->restores().Prepare(Call(), "new"), IsOk());
  EXPECT_THAT(checkpointer_.prepared, ::testing::ElementsAre("new"));
  checkpoints_->restores().Drop("new");
  EXPECT_FALSE(Unpacked());
}

TEST_F(RestoresTest, WhatIsNoRegularFileIsNotOpened) {
  const std::string fifo = space_.Join("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int writer = open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_EQ(write(writer, "x", 1), 1);
  for (const std::string& path : {fifo, std::string("/dev/zero"), space_.Join("root")}) {
    EXPECT_THAT(Unpack(path), StatusIs(absl::StatusCode::kNotFound)) << path;
  }
  char byte = 0;
  EXPECT_EQ(read(writer, &byte, 1), 1) << "somebody has read it";
  close(writer);
}

TEST_F(RestoresTest, AnotherProgramIsNamed) {
  ASSERT_OK_AND_ASSIGN(const SavedProgram saved, Unpack(Archive()));
  const v1::ContainerConfig same = runtime_.containers[0].config;
  EXPECT_THAT(CheckSameProgram(saved, same, "sha256:base"), IsOk());
  EXPECT_THAT(CheckSameProgram(saved, same, "sha256:other"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("image")));
  v1::ContainerConfig other = same;
  other.add_args("more");
  EXPECT_THAT(CheckSameProgram(saved, other, "sha256:base"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("command")));
  other = same;
  other.add_envs()->set_key("A");
  EXPECT_THAT(CheckSameProgram(saved, other, "sha256:base"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("environment")));
  other = same;
  other.mutable_metadata()->set_name("another");
  EXPECT_THAT(CheckSameProgram(saved, other, "sha256:base"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("name")));
}

TEST_F(RestoresTest, FindsTheArchivesOfAPod) {
  runtime_.containers[0].config.mutable_metadata()->set_name("main");
  std::filesystem::create_directory(space_.Join("pod"));
  ASSERT_THAT(checkpoints_->SavePod(Call(), "aa", space_.Join("pod"), {"c1"}), IsOk());
  EXPECT_THAT(
      Restores::FindArchives(space_.Join("pod")),
      IsOkAndHolds(::testing::ElementsAre(::testing::Pair("main", space_.Join("pod/main.tar")))));
  std::filesystem::create_directory_symlink(space_.Join("pod"), space_.Join("link"));
  for (const std::string& path : {space_.Join("none"), space_.Join("link")}) {
    EXPECT_THAT(Restores::FindArchives(path).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("checkpoint_path")))
        << path;
  }
}

TEST_F(RestoresTest, WhatElseIsOnTheNodeIsNobodysBusiness) {
  std::ofstream(space_.Join("secret")) << "secret";
  std::filesystem::create_symlink(Archive(), space_.Join("link"));
  std::filesystem::copy(Archive(), space_.Join("forged.tar"));
  {
    std::fstream forged(space_.Join("forged.tar"), std::ios::in | std::ios::out);
    forged.seekp(512 + 3);  // in what the first member holds
    forged << "X";
  }
  std::filesystem::create_directory(space_.Join("directory"));
  for (const char* name : {"secret", "link", "forged.tar", "directory", "absent"}) {
    const std::string path = space_.Join(name);
    EXPECT_THAT(Unpack(path).status(),
                StatusIs(absl::StatusCode::kNotFound,
                         "image " + path + ": there is no checkpoint of this node"));
    EXPECT_FALSE(Unpacked());
  }
}

}  // namespace
}  // namespace berth::cri
