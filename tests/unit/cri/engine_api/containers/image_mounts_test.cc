// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/image_mounts.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/file_tree.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(FindImagePart, IsAsAProcessInTheImageSeesIt) {
  const test::TempDir space;
  test::MakeTree(space.path(),
                 {test::Dir("top", {test::Dir("hack", {test::Link("good", "../sub"),
                                                       test::Link("bad", "../../../../etc")}),
                                    test::Dir("usr", {test::File("a")})}),
                  test::Dir("low", {test::Dir("sub", {test::File("hello", "world")}),
                                    test::Dir("usr", {test::File("b")})})});
  const std::vector<std::string> layers = {space.Join("top"), space.Join("low")};
  EXPECT_EQ(FindImagePart(layers, "")->directories, layers);
  EXPECT_THAT(FindImagePart(layers, "usr/.")->directories,
              ElementsAre(space.Join("top/usr"), space.Join("low/usr")));
  EXPECT_THAT(FindImagePart(layers, "hack/good")->directories, ElementsAre(space.Join("low/sub")));
  const auto file = FindImagePart(layers, "hack/good/hello");
  ASSERT_THAT(file, test::IsOk());
  EXPECT_EQ(file->file, space.Join("low/sub/hello"));
  EXPECT_THAT(file->directories, IsEmpty());
  const std::string longer_than_names_are(256, 'x');
  for (const std::string& path : {std::string("nothing"), std::string("hack/bad"),
                                  std::string("usr/a/below"), longer_than_names_are}) {
    EXPECT_THAT(FindImagePart(layers, path),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               absl::StrCat("subpath ", path, " is not in the image")));
  }
}

class ImageMounts : public ::testing::Test, public EngineUnderTest {
 protected:
  ImageMounts() {
    Open();
    imageservice::Image& busybox = images.images.emplace_back();
    busybox.id = "sha256:1";
    busybox.repo_tags = {"busybox"};
    imageservice::Image& data = images.images.emplace_back();
    data.id = "sha256:2";
    data.repo_tags = {"data:1"};
  }

  static Json MountOf(const std::string& image) {
    return {{"Mounts", {{{"Type", "image"}, {"Source", image}, {"Target", "/data"}}}}};
  }
};

TEST_F(ImageMounts, AreOfTheImageThatTheNameMeantAtCreation) {
  const auto id = Create("web", MountOf("data:1"));
  ASSERT_THAT(id, test::IsOk());
  images.images[1].repo_tags.clear();
  imageservice::Image& newer = images.images.emplace_back();
  newer.id = "sha256:3";
  newer.repo_tags = {"data:1"};
  Open();
  EXPECT_THAT(ImagesOf(*engine->Find("web")), ElementsAre("sha256:1", "sha256:2"));
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("engine/" + *id, "engine/" + *id + "/0"));
  EXPECT_EQ(images.roots["engine/" + *id + "/0"], "sha256:2");
  ASSERT_THAT(Create("beside", {{"VolumesFrom", {"web"}}}), test::IsOk());
  EXPECT_THAT(ImagesOf(*engine->Find("beside")), ElementsAre("sha256:1", "sha256:2"));
  ASSERT_THAT(engine->Remove(Call(), "beside", {}), test::IsOk());
  ASSERT_THAT(engine->Remove(Call(), "web", {}), test::IsOk());
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

TEST_F(ImageMounts, OfWhatIsNotHereLeaveNothing) {
  // A client would pull the container's own image if it were NotFound.
  EXPECT_THAT(Create("web", MountOf("none:1")),
              test::StatusIs(absl::StatusCode::kInvalidArgument, "No such image: none:1"));
  images.failures["PrepareView"] = absl::ResourceExhaustedError("disk full");
  EXPECT_THAT(Create("web", MountOf("data:1")),
              test::StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
  images.failures.clear();
  Json part = MountOf("data:1");
  part["Mounts"][0]["ImageOptions"] = {{"Subpath", "a"}};
  EXPECT_FALSE(Create("web", part).ok()) << "there are no layers";
  EXPECT_TRUE(engine->All().empty());
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

TEST_F(ImageMounts, OfACreationThatWasKilledNoViewStays) {
  images.roots["engine/" + std::string(64, 'a') + "/0"] = "sha256:2";
  Open();
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

}  // namespace
}  // namespace berth::cri
