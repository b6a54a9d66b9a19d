// SPDX-License-Identifier: Apache-2.0
#include "imageservice/archive_documents.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/status.h"
#include "imageservice/image/archive_names.h"
#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kLayer[] = "a layer";
constexpr char kLayerType[] = "application/vnd.oci.image.layer.v1.tar";

std::string ConfigOf(const std::string& architecture) {
  return absl::StrCat(R"({"os":"linux","architecture":")", architecture,
                      R"(","rootfs":{"type":"layers","diff_ids":[")", Digest::OfBytes(kLayer).str(),
                      R"("]}})");
}

std::string Describe(const std::string& type, const std::string& bytes,
                     const std::string& more = "") {
  return absl::StrCat(R"({"mediaType":")", type, R"(","digest":")", Digest::OfBytes(bytes).str(),
                      R"(","size":)", bytes.size(), more, "}");
}

std::string ManifestOf(const std::string& config) {
  return absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kOciManifestType, R"(","config":)",
                      Describe(kOciConfigType, config), R"(,"layers":[)",
                      Describe(kLayerType, kLayer), "]}");
}

void AddBlob(TarBuilder& tar, const std::string& bytes) {
  tar.File(absl::StrCat(kArchiveBlobs, Digest::OfBytes(bytes).hex()), bytes);
}

// An OCI layout with the image under these annotations.
TarBuilder LayoutOf(const std::string& config, const std::string& annotations) {
  const std::string manifest = ManifestOf(config);
  TarBuilder tar;
  for (const std::string& blob : {config, manifest, std::string(kLayer)}) {
    AddBlob(tar, blob);
  }
  tar.File(kArchiveIndex,
           absl::StrCat(R"({"schemaVersion":2,"manifests":[)",
                        Describe(kOciManifestType, manifest,
                                 absl::StrCat(R"(,"annotations":{)", annotations, "}")),
                        "]}"));
  return tar;
}

absl::StatusOr<std::vector<ArchivedImage>> Read(const TarBuilder& tar) {
  test::InMemoryContentStore content;
  LeaseTable leases;
  const std::string bytes = tar.Finish();
  ASSIGN_OR_RETURN(
      const ArchiveFiles files, TakeArchive(Call(), content, leases, [&, read = false]() mutable {
        return absl::StatusOr<absl::string_view>(std::exchange(read, true) ? absl::string_view()
                                                                           : bytes);
      }));
  return ReadArchivedImages(Call(), content, files, *ParsePlatform("linux/amd64"));
}

TEST(ArchiveDocuments, OfALayoutNamesAreInItsAnnotations) {
  const std::string config = ConfigOf("amd64");
  const auto images =
      Read(LayoutOf(config, absl::StrCat("\"", kArchiveName, R"(":"docker.io/library/a:1")")));
  ASSERT_THAT(images, IsOk());
  ASSERT_EQ(images->size(), 1U);
  EXPECT_EQ(images->front().image.id, Digest::OfBytes(config));
  EXPECT_THAT(images->front().names, ElementsAre("docker.io/library/a:1"));
  EXPECT_EQ(images->front().image.layers.size(), 1U);
  const auto bare = Read(LayoutOf(config, absl::StrCat("\"", kArchiveTag, R"(":"1")")));
  ASSERT_THAT(bare, IsOk());
  EXPECT_THAT(bare->front().names, IsEmpty()) << "a tag alone names nothing";
}

TEST(ArchiveDocuments, DockersListNamesWhatTheLayoutHas) {
  const std::string config = ConfigOf("amd64");
  TarBuilder tar = LayoutOf(config, "");
  tar.File(kArchiveManifest,
           absl::StrCat(R"([{"Config":"blobs/sha256/)", Digest::OfBytes(config).hex(),
                        R"(","RepoTags":["b:2"],"Layers":["blobs/sha256/)",
                        Digest::OfBytes(kLayer).hex(), R"("]}])"));
  const auto images = Read(tar);
  ASSERT_THAT(images, IsOk());
  EXPECT_THAT(images->front().names, ElementsAre("docker.io/library/b:2"));
}

TEST(ArchiveDocuments, WhatDoesNotFitIsRefused) {
  TarBuilder none, lost;
  none.File("file", "x");
  EXPECT_THAT(Read(none).status(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("neither index.json nor")));
  lost.File(kArchiveManifest, R"([{"Config":"none","RepoTags":["b:2"],"Layers":[]}])");
  EXPECT_FALSE(Read(lost).ok());
  TarBuilder text;
  text.File(kArchiveManifest, "{}");
  EXPECT_THAT(Read(text).status(), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::imageservice
