// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_json.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

const Json kConfig = *ParseJson(R"({
  "author": "me", "config": {"Cmd": ["sh"], "Labels": {"a": "b"}},
  "rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:2"]},
  "history": [{"created": "1970-01-01T00:00:10Z", "created_by": "one"},
              {"created_by": "two", "empty_layer": true},
              {"created_by": "three", "comment": "last"}]})",
                                4096);

imageservice::Image MakeImage() {
  imageservice::Image image;
  image.id = "sha256:abc";
  image.repo_tags = {"docker.io/library/web:1", "example.com/web:1"};
  image.repo_digests = {"docker.io/library/web@sha256:d"};
  image.size = 77;
  image.os = "linux";
  image.architecture = "amd64";
  image.labels = {{"a", "b"}};
  image.created = "2024-05-01T10:00:00.5Z";
  return image;
}

TEST(ImageSummary, NamesItAsDockerDoes) {
  const Json summary = ImageSummary(MakeImage());
  EXPECT_EQ(summary["RepoTags"], Json({"web:1", "example.com/web:1"}));
  EXPECT_EQ(summary["RepoDigests"], Json::array({"web@sha256:d"}));
  EXPECT_EQ(summary["Created"], 1714557600);
  EXPECT_EQ(summary["Size"], 77);
  EXPECT_EQ(summary["Labels"], Json({{"a", "b"}}));
}

TEST(ImageDetails, HasTheConfiguration) {
  const Json details = ImageDetails(MakeImage(), kConfig);
  EXPECT_EQ(details["Config"]["Cmd"], Json::array({"sh"}));
  EXPECT_EQ(details["ContainerConfig"], details["Config"]);
  EXPECT_EQ(details["RootFS"]["Layers"], Json({"sha256:1", "sha256:2"}));
  EXPECT_EQ(details["Author"], "me");
  EXPECT_EQ(details["Comment"], "last");
  EXPECT_EQ(ImageDetails(MakeImage(), Json::object())["Config"], Json::object());
}

TEST(ImageHistory, IsNewestFirstWithTheSizesOfLayers) {
  const Json history = ImageHistory(MakeImage(), kConfig, {10, 20});
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0]["Id"], "sha256:abc");
  EXPECT_EQ(history[0]["CreatedBy"], "three");
  EXPECT_EQ(history[0]["Size"], 20);
  EXPECT_EQ(history[1]["Size"], 0);
  EXPECT_EQ(history[1]["Id"], "<missing>");
  EXPECT_EQ(history[2]["Size"], 10);
  EXPECT_EQ(history[2]["Created"], 10);
  EXPECT_EQ(ImageHistory(MakeImage(), Json::object(), {1}), Json::array());
}

}  // namespace
}  // namespace berth::cri
