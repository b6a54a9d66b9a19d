// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_contents.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "imageservice/image/manifest.h"
#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;

// An index of two platforms; the image is of the first.
struct Site {
  Site() {
    config = Put("config");
    layer = Put("layer");
    const Digest other_config = Put("other config");
    manifest = PutManifest(config);
    other = PutManifest(other_config);
    index = Put(absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kOciIndexType,
                             R"(","manifests":[)", Describe(kOciManifestType, manifest), ",",
                             Describe(kOciManifestType, other), "]}"));
    record.id = config.str();
    record.blobs = {{index, 1, kOciIndexType}, {manifest, 1, kOciManifestType}};
  }

  Digest Put(const std::string& bytes) {
    const Digest digest = Digest::OfBytes(bytes);
    content.Put(digest, bytes);
    return digest;
  }
  Digest PutManifest(const Digest& of) {
    return Put(absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kOciManifestType,
                            R"(","config":)", Describe(kOciConfigType, of), R"(,"layers":[)",
                            Describe("application/vnd.oci.image.layer.v1.tar", layer), "]}"));
  }
  static std::string Describe(const std::string& type, const Digest& digest) {
    return absl::StrCat(R"({"mediaType":")", type, R"(","digest":")", digest.str(),
                        R"(","size":5})");
  }

  test::InMemoryContentStore content;
  ImageRecord record;
  Digest config = Digest::OfBytes(""), layer = config, manifest = config, other = config,
         index = config;
};

TEST(ImageContents, AnIndexIsWholeWhereAllOfItIsHere) {
  Site site;
  const auto contents = ContentsOf(Call(), site.content, site.record, site.index);
  ASSERT_THAT(contents, IsOk());
  EXPECT_EQ(contents->blobs.size(), 3U) << "the layer once, two configs";
  EXPECT_EQ(contents->documents.back().digest, site.index) << "what names comes last";
  EXPECT_EQ(DigestsIn(*contents).size(), 6U);
}

TEST(ImageContents, OfAPartOfAnIndexTheManifestIsLeft) {
  Site site;
  ASSERT_THAT(site.content.Remove(site.other), IsOk());
  const auto contents = ContentsOf(Call(), site.content, site.record, site.index);
  ASSERT_THAT(contents, IsOk());
  EXPECT_THAT(DigestsIn(*contents),
              ElementsAre(site.layer.str(), site.config.str(), site.manifest.str()));
}

TEST(ImageContents, WithoutItsManifestAnImageIsLost) {
  Site site;
  ASSERT_THAT(site.content.Remove(site.manifest), IsOk());
  EXPECT_THAT(ContentsOf(Call(), site.content, site.record, site.index).status(),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ContentsOf(Call(), site.content, site.record, site.manifest).status().code(),
              ::testing::Ne(absl::StatusCode::kOk));
}

TEST(ImageContents, AManifestMeansItsAttachmentsToo) {
  Site site;
  const Digest memory = site.Put("memory");
  const Digest manifest = site.Put(
      absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kOciManifestType, R"(","config":)",
                   Site::Describe(kOciConfigType, site.config), R"(,"layers":[)",
                   Site::Describe("application/vnd.oci.image.layer.v1.tar", site.layer), ",",
                   Site::Describe("application/vnd.berth.checkpoint.v1.tar", memory), "]}"));
  site.record.blobs = {{manifest, 1, kOciManifestType}};
  const auto contents =
      ContentsOf(Call::WithTimeout(absl::Seconds(20)), site.content, site.record, std::nullopt);
  ASSERT_THAT(contents, IsOk());
  ASSERT_EQ(contents->blobs.size(), 3U);
  EXPECT_EQ(contents->blobs[1].digest, memory);
}

TEST(ImageContents, OfARecordsNamesOneIsATag) {
  Site site;
  site.record.names = {{"docker.io/library/a:1", site.index},
                       {"docker.io/library/a:2", site.manifest}};
  EXPECT_EQ(TargetOf(site.record, "docker.io/library/a:2"), site.manifest);
  EXPECT_EQ(TargetOf(site.record, "docker.io/library/a:1"), site.index);
  EXPECT_EQ(TargetOf(site.record, "docker.io/library/a"), std::nullopt);
  EXPECT_EQ(TargetOf(site.record, ""), std::nullopt);
}

std::string IndexOf(const std::string& type, const Digest& named, size_t times) {
  std::string entries;
  for (size_t i = 0; i < times; ++i) {
    absl::StrAppend(&entries, i == 0 ? "" : ",", Site::Describe(type, named));
  }
  return absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kOciIndexType, R"(","manifests":[)",
                      entries, "]}");
}

// Each of four indexes names the next a thousand times.
TEST(ImageContents, WhatIsNamedOftenIsReadOnce) {
  Site site;
  Digest top = site.manifest;
  std::string type = kOciManifestType;
  for (int i = 0; i < kMaxIndexDepth; ++i) {
    top = site.Put(IndexOf(type, top, 1000));
    type = kOciIndexType;
  }
  site.record.blobs.push_back({top, 1, kOciIndexType});
  const absl::StatusOr<ImageContents> contents =
      ContentsOf(Call::WithTimeout(absl::Seconds(20)), site.content, site.record, top);
  ASSERT_THAT(contents, IsOk());
  EXPECT_EQ(contents->documents.size(), 1U + kMaxIndexDepth);
  EXPECT_EQ(contents->documents.back().digest, top);
}

TEST(ImageContents, HasALimitAndEndsWithItsCaller) {
  Site site;
  std::string entries;
  for (size_t i = 0; i <= kMaxImageDocuments; ++i) {
    const Digest manifest = site.PutManifest(site.Put(absl::StrCat("config ", i)));
    absl::StrAppend(&entries, i == 0 ? "" : ",", Site::Describe(kOciManifestType, manifest));
  }
  const Digest top = site.Put(absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kOciIndexType,
                                           R"(","manifests":[)", entries, "]}"));
  site.record.blobs = {{top, 1, kOciIndexType}};
  EXPECT_THAT(ContentsOf(Call(), site.content, site.record, top),
              StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("more than 1000")));
  EXPECT_THAT(ContentsOf(Call(absl::InfinitePast()), site.content, site.record, top),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace berth::imageservice
