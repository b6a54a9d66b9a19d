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

TEST_F(RemoteImageTest, WhatIsWrongAtTheRegistryIsNotTheCallersFault) {
  library_.AddDocument("a:1", "application/vnd.oci.image.index.v1+json", R"({"manifests":7})");
  EXPECT_THAT(Describe("a:1"), test::StatusIs(absl::StatusCode::kDataLoss));
  library_.Add("a:2", {.layers = {{"x"}}});
  library_.Corrupt(*Digest::Parse(library_.id("a:2")), "other bytes");
  EXPECT_THAT(Describe("a:2"), test::StatusIs(absl::StatusCode::kDataLoss));
  const std::string config = "no configuration";
  const Digest digest = library_.AddBlob(config);
  library_.AddDocument(
      "a:3", "application/vnd.oci.image.manifest.v1+json",
      absl::StrCat(R"({"schemaVersion":2,"config":{"mediaType":)",
                   R"("application/vnd.oci.image.config.v1+json","digest":")", digest.str(),
                   R"(","size":)", config.size(), R"(},"layers":[]})"));
  EXPECT_THAT(Describe("a:3"), test::StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(RemoteImageTest, WhatIsNotThereIsNotFound) {
  EXPECT_THAT(Describe("none:1"), test::StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::imageservice
