// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

class ContainerVolumes : public ::testing::Test, public EngineUnderTest {
 protected:
  ContainerVolumes() { Open(); }
};

TEST_F(ContainerVolumes, AreInUseUntilTheLastContainerGoes) {
  ASSERT_THAT(
      Create("web",
             {{"Binds", {"data:/d:nocopy"}},
              {"Mounts",
               {{{"Type", "volume"}, {"Target", "/a"}, {"VolumeOptions", {{"NoCopy", true}}}}}}}),
      test::IsOk());
  EXPECT_EQ(volumes->List().size(), 2u);
  EXPECT_THAT(volumes->Remove(Call(), "data", false),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  // They are in use also for the next daemon.
  Open();
  EXPECT_THAT(volumes->Remove(Call(), "data", false),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(Create("next", {{"VolumesFrom", {"web:ro"}}}), test::IsOk());
  EXPECT_EQ(volumes->UsersOf("data").size(), 2u);
  ASSERT_THAT(engine->Remove(Call(), "web", {.volumes = true}), test::IsOk());
  EXPECT_EQ(volumes->List().size(), 2u);
  ASSERT_THAT(engine->Remove(Call(), "next", {.volumes = true}), test::IsOk());
  ASSERT_EQ(volumes->List().size(), 1u);
  EXPECT_EQ(volumes->List()[0].name, "data");
  EXPECT_THAT(volumes->Remove(Call(), "data", false), test::IsOk());
}

TEST_F(ContainerVolumes, OfACreationThatWasKilledNoAnonymousVolumeStays) {
  const Json volume = {{"Type", "volume"}, {"Target", "/a"}, {"VolumeOptions", {{"NoCopy", true}}}};
  ASSERT_THAT(Create("web", {{"Mounts", Json::array({volume})}}), test::IsOk());
  ASSERT_THAT(volumes->Create(Call(), {.name = "", .user = std::string(64, 'a')}), test::IsOk());
  EXPECT_EQ(volumes->List().size(), 2u);
  Open();
  ASSERT_EQ(volumes->List().size(), 1u);
  EXPECT_EQ(volumes->UsersOf(volumes->List()[0].name).size(), 1u);
  // With its container gone, and without being asked for, it stays.
  ASSERT_THAT(engine->Remove(Call(), "web", {}), test::IsOk());
  Open();
  EXPECT_EQ(volumes->List().size(), 1u);
}

TEST_F(ContainerVolumes, ACreationThatFailsLeavesNoAnonymousVolume) {
  images.failures["PrepareRootfs"] = absl::ResourceExhaustedError("full");
  EXPECT_THAT(Create("web", {{"Mounts", {{{"Type", "volume"}, {"Target", "/a"}}}}}),
              test::StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(volumes->List().empty());
  EXPECT_FALSE(Create("web", {{"VolumesFrom", {"nobody"}}}).ok());
  EXPECT_FALSE(Create("web", {{"VolumesFrom", {"x:odd"}}}).ok());
}

}  // namespace
}  // namespace berth::cri
