// SPDX-License-Identifier: Apache-2.0
#include "imageservice/remote_image.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/image_library.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

class RemoteImageTest : public ::testing::Test {
 protected:
  absl::StatusOr<RemoteImage> Describe(const std::string& reference) {
    absl::StatusOr<ImageReference> parsed = ImageReference::Parse("example.com/" + reference);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    auto registry = library_.registries()({}, *parsed, {});
    return DescribeRemote(Call(), **registry, parsed->tag_or_digest());
  }

  test::ImageLibrary library_;
};

TEST_F(RemoteImageTest, OfAManifestItsConfigurationSaysThePlatform) {
  const Digest manifest = library_.Add("a:1", {.layers = {{"x"}}, .architecture = "arm64"});
  ASSERT_OK_AND_ASSIGN(const RemoteImage image, Describe("a:1"));
  EXPECT_EQ(image.digest, manifest.str());
  EXPECT_GT(image.size, 0u);
  ASSERT_EQ(image.platforms.size(), 1u);
  EXPECT_EQ(FormatPlatform(image.platforms[0]), "linux/arm64");
}

TEST_F(RemoteImageTest, AnIndexHasThemAll) {
  const Digest amd64 = library_.Add("a:amd64", {.layers = {{"x"}}});
  const Digest arm64 = library_.Add("a:arm64", {.layers = {{"y"}}});
  const Digest index = library_.AddIndex("a:1", {{"linux/arm64", arm64}, {"linux/amd64", amd64}});
  ASSERT_OK_AND_ASSIGN(const RemoteImage image, Describe("a:1"));
  EXPECT_EQ(image.digest, index.str());
  ASSERT_EQ(image.platforms.size(), 2u);
  EXPECT_EQ(FormatPlatform(image.platforms[0]), "linux/arm64");
}

TEST_F(RemoteImageTest, WhatIsNotThereIsNotFound) {
  EXPECT_THAT(Describe("none:1"), test::StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::imageservice
