// SPDX-License-Identifier: Apache-2.0
#include "cri/container_roots.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ContainerRoots : public ::testing::Test {
 protected:
  ContainerRoots() {
    for (const std::string& key : {std::string("c1"), VolumeKey("c1", 0), VolumeKey("c1", 1),
                                   std::string("c10"), VolumeKey("c10", 0)}) {
      images.roots[key] = "sha256:1";
    }
  }

  test::FakeImageStore images;
  test::FakePodRuntime runtime;
};

TEST_F(ContainerRoots, GoWithTheirContainerAndWithNoOther) {
  RemoveRootsOf(images, "c1");
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("c10", "c10/0"));
}

TEST_F(ContainerRoots, GoByTheNumberOfVolumes) {
  RemoveRootsOf(images, "c1", 1);
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("c1/1", "c10", "c10/0"));
  RemoveRootsOf(images, "c10", 1);
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("c1/1"));
}

TEST_F(ContainerRoots, OfNobodyAreRemoved) {
  runtime.containers.emplace_back().id = "c1";
  RemoveStrayRoots(images, runtime);
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("c1", "c1/0", "c1/1"));
  runtime.containers.clear();
  RemoveStrayRoots(images, runtime);
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

TEST_F(ContainerRoots, OfTheEngineApiAreNobodyElses) {
  images.roots = {};
  for (const std::string& key : {std::string("engine/c1"), VolumeKey("engine/c1", 0),
                                 std::string("engine/c10"), VolumeKey("engine/c10", 0)}) {
    images.roots[key] = "sha256:1";
  }
  EXPECT_EQ(RootOwnerOf("engine/c1/0"), "engine/c1");
  EXPECT_EQ(RootOwnerOf("c1/0"), "c1");
  RemoveStrayRoots(images, runtime);
  EXPECT_EQ(images.RootfsKeys().size(), 4u);
  RemoveRootsOf(images, "engine/c1");
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("engine/c10", "engine/c10/0"));
}

TEST_F(ContainerRoots, ThatCannotBeRemovedStay) {
  images.failures["RemoveRootfs"] = absl::InternalError("busy");
  RemoveRootsOf(images, "c1");
  EXPECT_EQ(images.RootfsKeys().size(), 5u);
}

}  // namespace
}  // namespace berth::cri
