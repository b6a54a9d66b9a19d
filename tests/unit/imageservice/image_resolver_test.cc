// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_resolver.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/image/chain_id.h"
#include "tests/fakes/image_library.h"
#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::InMemoryContentStore;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

class ImageResolverTest : public ::testing::Test {
 protected:
  absl::StatusOr<ResolvedImage> Resolve(const std::string& reference) {
    absl::StatusOr<ImageReference> parsed = ImageReference::Parse("example.com/" + reference);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    auto registry = library_.registries()({}, *parsed, {});
    return ResolveImage(Call(), **registry, content_, parsed->tag_or_digest(),
                        {.os = "linux", .architecture = "amd64", .variant = "", .os_features = {}});
  }

  ImageLibrary library_;
  InMemoryContentStore content_;
};

TEST_F(ImageResolverTest, ReadsAManifest) {
  Digest manifest = library_.Add("a:1", {.layers = {{"one"}, {"two", Compression::kNone}}});
  ASSERT_OK_AND_ASSIGN(ResolvedImage image, Resolve("a:1"));
  EXPECT_EQ(image.target, manifest);
  EXPECT_EQ(image.id.str(), library_.id("a:1"));
  ASSERT_EQ(image.documents.size(), 2u);
  EXPECT_EQ(image.documents[0].digest, manifest);
  EXPECT_EQ(image.documents[1].digest, image.id);
  ASSERT_EQ(image.layers.size(), 2u);
  EXPECT_EQ(image.layers[0].compression, Compression::kGzip);
  EXPECT_EQ(image.layers[0].parent, "");
  EXPECT_EQ(image.layers[1].compression, Compression::kNone);
  EXPECT_EQ(image.layers[1].diff_id, Digest::OfBytes("two"));
  EXPECT_EQ(image.layers[1].parent, image.layers[0].chain_id);
  EXPECT_EQ(image.layers[1].chain_id, ChainIdsOf(image.config.diff_ids)[1]);
}

TEST_F(ImageResolverTest, ChoosesFromAnIndexByPlatform) {
  Digest amd64 = library_.Add("a:amd64", {.layers = {{"x"}}});
  Digest arm64 = library_.Add("a:arm64", {.layers = {{"y"}}});
  Digest index = library_.AddIndex("a:1", {{"linux/arm64", arm64}, {"linux/amd64", amd64}});
  ASSERT_OK_AND_ASSIGN(ResolvedImage image, Resolve("a:1"));
  EXPECT_EQ(image.target, index);
  ASSERT_EQ(image.documents.size(), 3u);
  EXPECT_EQ(image.documents[1].digest, amd64);
  EXPECT_EQ(image.id.str(), library_.id("a:amd64"));
  library_.AddIndex("a:other", {{"linux/arm64", arm64}});
  EXPECT_THAT(Resolve("a:other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ImageResolverTest, FetchesNothingTwice) {
  Digest manifest = library_.Add("a:m", {.layers = {{"x"}}});
  Digest index = library_.AddIndex("a:1", {{"linux/amd64", manifest}});
  int manifests = 0;
  library_.before_manifest = [&](const std::string&) {
    ++manifests;
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(ResolvedImage first, Resolve("a:1"));
  EXPECT_EQ(manifests, 2);
  for (const Document& document : first.documents) {
    content_.Put(document.digest, document.bytes);
  }
  ASSERT_OK_AND_ASSIGN(ResolvedImage second, Resolve("a:1"));
  EXPECT_EQ(manifests, 2);
  EXPECT_EQ(library_.total_fetches(), 1) << "the config";
  EXPECT_EQ(second.target, index);
  ASSERT_EQ(second.documents.size(), 3u);
  EXPECT_EQ(second.documents[0].media_type, first.documents[0].media_type);
  content_.Put(manifest, "damaged");
  ASSERT_OK_AND_ASSIGN(ResolvedImage third, Resolve("a:1"));
  EXPECT_EQ(third.documents[1].digest, manifest);
  EXPECT_EQ(manifests, 3);
  library_.Add("a:1", {.layers = {{"moved"}}});
  ASSERT_OK_AND_ASSIGN(ResolvedImage moved, Resolve("a:1"));
  EXPECT_NE(moved.target, index);
  EXPECT_EQ(manifests, 4);
}

TEST_F(ImageResolverTest, FetchesByTagWhereHeadTellsNoDigest) {
  library_.head_answer = absl::OkStatus();
  Digest manifest = library_.Add("a:1", {.layers = {{"x"}}});
  ASSERT_OK_AND_ASSIGN(ResolvedImage first, Resolve("a:1"));
  EXPECT_EQ(first.target, manifest);
  content_.Put(manifest, first.documents[0].bytes);
  int manifests = 0;
  library_.before_manifest = [&](const std::string& name) {
    EXPECT_EQ(name, "1");
    ++manifests;
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(ResolvedImage second, Resolve("a:1"));
  EXPECT_EQ(manifests, 1);
  library_.head_answer = absl::UnknownError("HTTP 400");
  EXPECT_TRUE(Resolve("a:1").ok());
  EXPECT_EQ(manifests, 2);
  library_.head_answer = absl::UnauthenticatedError("HTTP 401");
  EXPECT_THAT(Resolve("a:1"), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(manifests, 2);
}

TEST_F(ImageResolverTest, RefusesTooManyIndexesInARow) {
  Digest digest = library_.Add("a:0", {});
  for (int i = 1; i <= kMaxIndexDepth; ++i) {
    digest = library_.AddIndex(absl::StrCat("a:", i), {{"linux/amd64", digest}});
  }
  // The library calls every entry a manifest: say what it is.
  std::string index = absl::StrCat(
      R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":")",
      digest.str(), R"(","size":1}]})");
  library_.AddDocument("a:deep", "application/vnd.oci.image.index.v1+json", index);
  EXPECT_FALSE(Resolve("a:deep").ok());
}

TEST_F(ImageResolverTest, SaysDataLossForDocumentsThatAreWrong) {
  library_.AddDocument("a:json", "application/vnd.oci.image.manifest.v1+json", "{");
  EXPECT_THAT(Resolve("a:json"), StatusIs(absl::StatusCode::kDataLoss));
  library_.AddDocument("a:type", "text/html", "<html>");
  EXPECT_THAT(Resolve("a:type"), StatusIs(absl::StatusCode::kDataLoss));
  library_.Add("a:1", {.layers = {{"x"}}});
  absl::StatusOr<Digest> id = Digest::Parse(library_.id("a:1"));
  library_.Corrupt(*id, "{}");
  EXPECT_THAT(Resolve("a:1"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("another config")));
  EXPECT_THAT(Resolve("a:none"), StatusIs(absl::StatusCode::kNotFound));
}

// Also of documents that are here already, which no transfer checks.
TEST_F(ImageResolverTest, RefusesDocumentsOfAnotherSizeThanTheirDescriptors) {
  Digest manifest = library_.Add("a:m", {.layers = {{"x"}}});
  library_.AddDocument(
      "a:1", "application/vnd.oci.image.index.v1+json",
      absl::StrCat(R"({"schemaVersion":2,"manifests":[{"mediaType":)",
                   R"("application/vnd.oci.image.manifest.v1+json","digest":")", manifest.str(),
                   R"(","size":9223372036854775807,"platform":{"os":"linux",)",
                   R"("architecture":"amd64"}}]})"));
  EXPECT_THAT(Resolve("a:1"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("descriptor")));
  ASSERT_OK_AND_ASSIGN(ResolvedImage image, Resolve("a:m"));
  content_.Put(manifest, image.documents[0].bytes);
  EXPECT_THAT(Resolve("a:1"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("descriptor")));
}

TEST_F(ImageResolverTest, AttachmentsComeAfterTheLayersAndAreNone) {
  const Digest plain = library_.Add("a:m", {.layers = {{"x"}}});
  ASSERT_OK_AND_ASSIGN(ResolvedImage image, Resolve("a:m"));
  std::string text = image.documents[0].bytes;
  const Digest memory = Digest::OfBytes("memory");
  const size_t end = text.rfind(']');
  text.insert(end, absl::StrCat(R"(,{"mediaType":"application/vnd.berth.checkpoint.v1.tar",)",
                                R"("digest":")", memory.str(), R"(","size":6})"));
  library_.AddDocument("a:1", "application/vnd.oci.image.manifest.v1+json", text);
  ASSERT_OK_AND_ASSIGN(image, Resolve("a:1"));
  ASSERT_EQ(image.layers.size(), 2U);
  EXPECT_FALSE(image.layers[0].is_attachment);
  EXPECT_TRUE(image.layers[1].is_attachment);
  EXPECT_EQ(image.layers[1].blob.digest, memory);
  EXPECT_THAT(NamesToLease(image), ::testing::Contains(memory.str()));
  EXPECT_NE(image.target, plain);
}

TEST(LayersOf, RefusesAManifestAndAConfigThatDoNotFit) {
  ImageManifest manifest{.config = {.media_type = "",
                                    .digest = Digest::OfBytes("c"),
                                    .size = 1,
                                    .urls = {},
                                    .platform = {},
                                    .annotations = {},
                                    .artifact_type = ""},
                         .layers = {}};
  ImageConfig config;
  config.diff_ids = {Digest::OfBytes("1")};
  EXPECT_THAT(LayersOf(manifest, config), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::imageservice
