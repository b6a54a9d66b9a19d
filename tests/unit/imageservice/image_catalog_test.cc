// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_catalog.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/image/chain_id.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Digest kManifest = Digest::OfBytes("manifest");

std::string Id(const std::string& hex) {
  return "sha256:" + hex + std::string(64 - hex.size(), '0');
}

ImageRecord Record(const std::string& id, const std::vector<std::string>& names,
                   const std::vector<std::string>& blobs = {}) {
  ImageRecord record{.id = id, .names = {}, .blobs = {}};
  for (const std::string& name : names) {
    record.names.push_back({name, kManifest});
  }
  for (const std::string& blob : blobs) {
    record.blobs.push_back({Digest::OfBytes(blob), blob.size(), "type"});
  }
  return record;
}

std::string FoundId(const ImageCatalog& catalog, const std::string& name) {
  absl::StatusOr<Image> image = catalog.Find(name);
  return image.ok() ? image->id : "";
}

TEST(ImageCatalog, FindsByNameBeforeIdPrefix) {
  ImageCatalog catalog({});
  catalog.Put(Record(Id("abc1"), {"docker.io/library/nginx:latest"}), {});
  catalog.Put(Record(Id("abc2"), {"docker.io/library/abc1:latest"}), {});
  EXPECT_EQ(FoundId(catalog, "nginx"), Id("abc1"));
  EXPECT_EQ(FoundId(catalog, "abc1"), Id("abc2")) << "a name counts more than a prefix";
  EXPECT_EQ(FoundId(catalog, "sha256:abc1"), Id("abc1"));
  EXPECT_EQ(FoundId(catalog, "abc2"), Id("abc2"));
  EXPECT_EQ(FoundId(catalog, Id("abc1")), Id("abc1"));
  EXPECT_EQ(FoundId(catalog, Id("abc1").substr(7)), Id("abc1"));
  EXPECT_THAT(catalog.Find("abc"), StatusIs(absl::StatusCode::kNotFound)) << "ambiguous";
  for (const std::string& name : {Id("abc3"), std::string("abd"), std::string("other:tag")}) {
    EXPECT_THAT(catalog.Find(name), StatusIs(absl::StatusCode::kNotFound)) << name;
  }
  for (const char* name : {"", "sha256:", "a b", "UPPER", "../x"}) {
    EXPECT_THAT(catalog.Find(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
}

TEST(ImageCatalog, SortsNamesIntoTagsAndDigests) {
  ImageCatalog catalog({});
  std::string digest = "docker.io/library/nginx@" + kManifest.str();
  catalog.Put(Record(Id("a"), {"docker.io/library/nginx:1", digest}), {});
  ASSERT_OK_AND_ASSIGN(Image image, catalog.Find("nginx:1"));
  EXPECT_THAT(image.repo_tags, ElementsAre("docker.io/library/nginx:1"));
  EXPECT_THAT(image.repo_digests, ElementsAre(digest));
  EXPECT_EQ(FoundId(catalog, "nginx@" + kManifest.str()), Id("a"));
  EXPECT_EQ(FoundId(catalog, "nginx:whatever@" + kManifest.str()), Id("a"));
}

TEST(ImageCatalog, MovesANameToTheImageThatHasItLast) {
  ImageCatalog catalog({"nginx"});
  catalog.Put(Record(Id("a"), {"docker.io/library/nginx:latest", "example.com/x:1"}), {});
  EXPECT_TRUE(catalog.Find(Id("a"))->pinned);
  catalog.Put(Record(Id("b"), {"docker.io/library/nginx:latest"}), {});
  EXPECT_EQ(FoundId(catalog, "nginx"), Id("b"));
  ASSERT_OK_AND_ASSIGN(Image old, catalog.Find(Id("a")));
  EXPECT_THAT(old.repo_tags, ElementsAre("example.com/x:1"));
  EXPECT_FALSE(old.pinned);
  EXPECT_TRUE(catalog.Find(Id("b"))->pinned);
  catalog.Remove(Id("a"));
  EXPECT_EQ(FoundId(catalog, "nginx"), Id("b"));
  EXPECT_EQ(FoundId(catalog, "example.com/x:1"), "");
}

TEST(ImageCatalog, AddsNamesAndBlobsOfTheSameImage) {
  ImageCatalog catalog({});
  ImageConfig config;
  config.diff_ids = {Digest::OfBytes("1"), Digest::OfBytes("2")};
  config.process.user = "user";
  catalog.Put(Record(Id("a"), {"example.com/b:1"}, {"gzip", "config"}), config);
  catalog.Put(Record(Id("a"), {"example.com/a:1"}, {"zstd!", "config"}), config);
  ASSERT_OK_AND_ASSIGN(Image image, catalog.Find(Id("a")));
  EXPECT_THAT(image.repo_tags, ElementsAre("example.com/a:1", "example.com/b:1"));
  EXPECT_EQ(image.size, 4 + 6 + 5u);
  EXPECT_EQ(image.process.user, "user");
  EXPECT_EQ(image.chain_ids, ChainIdsOf(config.diff_ids));
  EXPECT_THAT(catalog.Blobs(),
              UnorderedElementsAre(Digest::OfBytes("gzip").str(), Digest::OfBytes("zstd!").str(),
                                   Digest::OfBytes("config").str()));
  EXPECT_EQ(catalog.Chains().size(), 2u);
}

TEST(ImageCatalog, CountsEachBlobOnce) {
  ImageCatalog catalog({});
  catalog.Put(Record(Id("a"), {}, {"shared", "a"}), {});
  catalog.Put(Record(Id("b"), {}, {"shared", "bb"}), {});
  ImageCatalog::Totals totals = catalog.Count();
  EXPECT_EQ(totals.images, 2u);
  EXPECT_EQ(totals.blobs, 3u);
  EXPECT_EQ(totals.blob_bytes, 6 + 1 + 2u);
  EXPECT_EQ(catalog.List().size(), 2u);
  catalog.Remove(Id("a"));
  catalog.Remove(Id("a"));
  catalog.Remove(Id("b"));
  EXPECT_THAT(catalog.List(), IsEmpty());
  EXPECT_THAT(catalog.Record(Id("a")), StatusIs(absl::StatusCode::kNotFound));
}

TEST(ImageCatalog, IgnoresPinnedNamesThatAreNone) {
  ImageCatalog catalog({"UPPER CASE", "docker.io/library/ok@" + kManifest.str()});
  catalog.Put(Record(Id("a"), {"docker.io/library/ok@" + kManifest.str()}), {});
  EXPECT_TRUE(catalog.Find(Id("a"))->pinned);
}

TEST(ImageCatalog, ANameGoesAlone) {
  ImageCatalog catalog({});
  catalog.Put(Record(Id("aa"), {"docker.io/library/a:1", "docker.io/library/a:2"}), {});
  catalog.RemoveName("docker.io/library/a:1");
  catalog.RemoveName("docker.io/library/unknown:1");
  EXPECT_THAT(catalog.Find("a:1"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(catalog.Find("a:2"), IsOk());
  EXPECT_THAT(catalog.Find("a:2")->repo_tags, ElementsAre("docker.io/library/a:2"));
  catalog.RemoveName("docker.io/library/a:2");
  EXPECT_THAT(catalog.Find("aa"), IsOk()) << "an image without a name stays";
}

}  // namespace
}  // namespace berth::imageservice
