// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/manifest.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kOciManifest = kOciManifestType;
constexpr char kOciIndex[] = "application/vnd.oci.image.index.v1+json";
constexpr char kDockerManifest[] = "application/vnd.docker.distribution.manifest.v2+json";
constexpr char kDockerList[] = "application/vnd.docker.distribution.manifest.list.v2+json";

std::string HexDigest(char c) {
  return absl::StrCat("sha256:", std::string(64, c));
}

std::string Layer(const std::string& type, const std::string& more = "") {
  return absl::StrCat(R"({"mediaType":")", type, R"(","digest":")", HexDigest('b'), R"(","size":7)",
                      more, "}");
}

const std::string kConfig =
    absl::StrCat(R"({"mediaType":"application/vnd.oci.image.config.v1+json","digest":")",
                 HexDigest('a'), R"(","size":9})");
const std::string kGzipLayer = Layer("application/vnd.oci.image.layer.v1.tar+gzip");

std::string ManifestWith(const std::string& config, const std::string& layers,
                         const std::string& more = "") {
  return absl::StrCat(R"({"schemaVersion":2,"config":)", config, R"(,"layers":[)", layers, "]",
                      more, "}");
}

std::string Entry(char digest, const std::string& os, const std::string& architecture,
                  const std::string& variant = "") {
  return absl::StrCat(R"({"mediaType":")", kOciManifest, R"(","digest":")", HexDigest(digest),
                      R"(","size":5,"platform":{"os":")", os, R"(","architecture":")", architecture,
                      R"(","variant":")", variant, R"("}})");
}

std::string IndexOf(const std::vector<std::string>& entries) {
  std::string list;
  for (const std::string& entry : entries) {
    absl::StrAppend(&list, list.empty() ? "" : ",", entry);
  }
  return absl::StrCat(R"({"schemaVersion":2,"manifests":[)", list, "]}");
}

TEST(ImageManifest, IsRead) {
  auto manifest = ParseManifest(
      kOciManifest, ManifestWith(kConfig,
                                 Layer("application/vnd.oci.image.layer.v1.tar+zstd",
                                       R"(,"urls":["https://x/y"],"annotations":{"k":"v"})"),
                                 absl::StrCat(R"(,"mediaType":")", kOciManifest,
                                              R"(","annotations":{"a":"b"})")));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->config.digest.str(), HexDigest('a'));
  EXPECT_EQ(manifest->config.size, 9u);
  ASSERT_EQ(manifest->layers.size(), 1u);
  EXPECT_EQ(manifest->layers[0].digest.str(), HexDigest('b'));
  EXPECT_EQ(manifest->layers[0].size, 7u);
  EXPECT_THAT(manifest->layers[0].urls, ElementsAre("https://x/y"));
  EXPECT_EQ(manifest->layers[0].annotations.at("k"), "v");
}

TEST(ImageManifest, OfDockerIsRead) {
  auto manifest = ParseManifest(
      kDockerManifest,
      absl::StrReplaceAll(
          ManifestWith(kConfig, Layer("application/vnd.docker.image.rootfs.diff.tar.gzip")),
          {{"application/vnd.oci.image.config.v1+json",
            "application/vnd.docker.container.image.v1+json"}}));
  EXPECT_TRUE(manifest.ok()) << manifest.status();
}

TEST(ImageManifest, WithoutLayersIsAnImageToo) {
  EXPECT_TRUE(ParseManifest(kOciManifest, ManifestWith(kConfig, "")).ok());
}

TEST(ImageManifest, LayerTypesNameTheirCompression) {
  EXPECT_EQ(LayerCompression("application/vnd.oci.image.layer.v1.tar"), Compression::kNone);
  EXPECT_EQ(LayerCompression("application/vnd.oci.image.layer.v1.tar+gzip"), Compression::kGzip);
  EXPECT_EQ(LayerCompression("application/vnd.oci.image.layer.v1.tar+zstd"), Compression::kZstd);
  EXPECT_EQ(LayerCompression("application/vnd.docker.image.rootfs.diff.tar"), Compression::kNone);
  EXPECT_EQ(LayerCompression("application/vnd.docker.image.rootfs.diff.tar.gzip"),
            Compression::kGzip);
  EXPECT_EQ(LayerCompression("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
            Compression::kGzip);
  EXPECT_EQ(LayerCompression("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"),
            Compression::kZstd);
  EXPECT_EQ(LayerCompression("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
            std::nullopt);
  EXPECT_EQ(LayerCompression("application/vnd.cncf.helm.chart.content.v1.tar+gzip"), std::nullopt);
  EXPECT_EQ(LayerCompression(""), std::nullopt);
}

TEST(ImageManifest, RefusesWhatLiesOrIsIncomplete) {
  std::string many = kGzipLayer;
  for (size_t i = 0; i < kMaxLayers; ++i) {
    absl::StrAppend(&many, ",", kGzipLayer);
  }
  std::string urls = "\"u\"";
  for (size_t i = 0; i < kMaxForeignUrls; ++i) {
    absl::StrAppend(&urls, ",\"u\"");
  }
  const std::string type = "application/vnd.oci.image.layer.v1.tar";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not valid JSON"},
      {"[]", "not an object"},
      {"<html>", "not valid JSON"},
      {"{}", "not a sha256 digest"},
      {R"({"schemaVersion":1,"fsLayers":[]})", "schema 1"},
      {R"({"schemaVersion":"2"})", "schemaVersion"},
      {ManifestWith(kConfig, kGzipLayer, R"(,"manifests":[])"), "two ways"},
      {ManifestWith(kConfig, kGzipLayer, R"(,"fsLayers":[])"), "two ways"},
      {ManifestWith(kConfig, kGzipLayer, absl::StrCat(R"(,"mediaType":")", kOciIndex, "\"")),
       "calls itself"},
      {ManifestWith("[]", kGzipLayer), "\"config\" is not an object"},
      {ManifestWith(kConfig, "1"), "not an object"},
      {ManifestWith(kConfig, many), "513 layers"},
      {ManifestWith(kConfig, Layer("text/html")), "unknown type"},
      {ManifestWith(kConfig, absl::StrCat(Layer("application/vnd.berth.x"), ",", kGzipLayer)),
       "a layer after an attachment"},
      {ManifestWith(kConfig, Layer(type, R"(,"size":-1)")), "without a size"},
      {ManifestWith(kConfig, Layer(type, R"(,"size":18446744073709551615)")), "without a size"},
      {ManifestWith(kConfig, Layer(type, R"(,"size":1.5)")), "without a size"},
      {ManifestWith(kConfig, Layer(type, R"(,"digest":"sha256:../../x")")), "not a sha256 digest"},
      {ManifestWith(kConfig, Layer(type, R"(,"digest":7)")), "\"digest\""},
      {ManifestWith(kConfig, Layer(type, absl::StrCat(R"(,"urls":[)", urls, "]"))), "URLs"},
      {ManifestWith(kConfig, Layer(type, R"(,"annotations":{"a":1})")), "\"a\" is not a string"},
      {ManifestWith(kConfig,
                    Layer(type, absl::StrCat(R"(,"annotations":{"a":")",
                                             std::string(kMaxAnnotationsSize, 'x'), "\"}"))),
       "annotations"},
      {ManifestWith(absl::StrReplaceAll(kConfig, {{"image.config.v1", "empty.v1"}}), kGzipLayer),
       "an artifact"},
      {ManifestWith(absl::StrReplaceAll(kConfig, {{":9", ":9000000"}}), kGzipLayer),
       "over the limit"},
  };
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(text.substr(0, 300));
    auto manifest = ParseManifest(kOciManifest, text);
    EXPECT_EQ(manifest.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(manifest.status().message(), HasSubstr(message));
  }
}

TEST(ImageManifest, RefusesOtherTypesThanImages) {
  std::string good = ManifestWith(kConfig, kGzipLayer);
  EXPECT_THAT(ParseManifest("application/vnd.docker.distribution.manifest.v1+prettyjws", good)
                  .status()
                  .message(),
              HasSubstr("schema 1"));
  EXPECT_FALSE(ParseManifest(kOciIndex, good).ok());
  EXPECT_FALSE(ParseManifest("", good).ok());
  EXPECT_FALSE(ParseIndex(kOciManifest, IndexOf({})).ok());
}

TEST(ImageManifest, HasALimit) {
  std::string padding = absl::StrCat(R"(,"p":")", std::string(kMaxManifestSize, 'x'), "\"");
  EXPECT_THAT(ParseManifest(kOciManifest, ManifestWith(kConfig, "", padding)).status().message(),
              HasSubstr("over the limit"));
  std::string deep = absl::StrCat(R"(,"p":)", std::string(1000, '['), std::string(1000, ']'));
  EXPECT_THAT(ParseManifest(kOciManifest, ManifestWith(kConfig, "", deep)).status().message(),
              HasSubstr("deeper"));
}

TEST(ImageIndex, IsRead) {
  auto index = ParseIndex(
      kDockerList, IndexOf({Entry('c', "linux", "amd64"), Entry('d', "linux", "arm", "v7")}));
  ASSERT_TRUE(index.ok()) << index.status();
  ASSERT_EQ(index->manifests.size(), 2u);
  EXPECT_EQ(index->manifests[0].media_type, kOciManifest);
  ASSERT_TRUE(index->manifests[1].platform.has_value());
  EXPECT_EQ(index->manifests[1].platform->variant, "v7");
}

TEST(ImageIndex, RefusesWhatIsAManifestToo) {
  for (const char* member : {"layers", "config", "fsLayers"}) {
    std::string text = absl::StrCat(R"({"manifests":[],")", member, R"(":[]})");
    EXPECT_THAT(ParseIndex(kOciIndex, text).status().message(), HasSubstr("two ways"));
  }
  EXPECT_FALSE(ParseIndex(kOciIndex, R"({"manifests":{}})").ok());
  EXPECT_FALSE(ParseIndex(kOciIndex, R"({"manifests":[{"digest":"x","size":1}]})").ok());
  EXPECT_FALSE(ParseIndex(kOciIndex, R"({"mediaType":"text/html","manifests":[]})").ok());
}

char Chosen(const std::vector<std::string>& entries, const std::string& wanted) {
  auto index = ParseIndex(kOciIndex, IndexOf(entries));
  auto chosen = ChoosePlatform(*index, *ParsePlatform(wanted));
  return chosen.ok() ? chosen->digest.hex()[0] : '-';
}

TEST(ChoosePlatform, TakesTheBestOfWhatRuns) {
  const std::string amd64 = Entry('a', "linux", "amd64");
  const std::string amd64_v2 = Entry('b', "linux", "amd64", "v2");
  const std::string i386 = Entry('c', "linux", "386");
  const std::string arm64 = Entry('d', "linux", "arm64", "v8");
  const std::string arm_v6 = Entry('e', "linux", "arm", "v6");
  const std::string arm_v7 = Entry('f', "linux", "arm", "v7");
  const std::string attestation = Entry('0', "unknown", "unknown");
  const std::string windows = Entry('1', "windows", "amd64");
  const std::string second = Entry('2', "linux", "amd64");
  EXPECT_EQ(Chosen({attestation, windows, i386, amd64_v2, arm64, amd64, second}, "linux/amd64"),
            'a');
  EXPECT_EQ(Chosen({amd64, amd64_v2}, "linux/amd64/v3"), 'b');
  EXPECT_EQ(Chosen({i386, arm64}, "linux/amd64"), 'c');
  EXPECT_EQ(Chosen({arm_v6, arm_v7}, "linux/arm"), 'f');
  EXPECT_EQ(Chosen({arm_v6, arm_v7}, "linux/arm/v6"), 'e');
  EXPECT_EQ(Chosen({arm_v6, arm64}, "linux/arm64"), 'd');
  EXPECT_EQ(Chosen({arm_v6}, "linux/arm64"), 'e');
  EXPECT_EQ(Chosen({arm_v7}, "linux/arm/v6"), '-');
  EXPECT_EQ(Chosen({attestation, windows}, "linux/amd64"), '-');
}

TEST(ChoosePlatform, TakesAnEntryWithoutAPlatformLast) {
  std::string bare = absl::StrCat(R"({"mediaType":")", kOciManifest, R"(","digest":")",
                                  HexDigest('9'), R"(","size":5)");
  EXPECT_EQ(Chosen({bare + "}", Entry('c', "linux", "386")}, "linux/amd64"), 'c');
  EXPECT_EQ(Chosen({Entry('d', "linux", "arm64"), bare + "}"}, "linux/amd64"), '9');
  EXPECT_EQ(Chosen({bare + R"(,"artifactType":"application/spdx"})"}, "linux/amd64"), '-');
}

TEST(ChoosePlatform, SaysWhatThereIs) {
  auto index = ParseIndex(
      kOciIndex, IndexOf({Entry('d', "linux", "arm64"), Entry('0', "unknown", "unknown")}));
  absl::Status status = ChoosePlatform(*index, *ParsePlatform("linux/amd64")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "the image is not made for linux/amd64; it is for: linux/arm64");
}

TEST(Manifest, WhatIsWrittenIsReadAgain) {
  ImageManifest manifest{
      .config = {.media_type = kOciConfigType, .digest = Digest::OfBytes("config"), .size = 6}};
  for (const Compression compression :
       {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    const std::string type = LayerType(compression);
    EXPECT_EQ(LayerCompression(type), compression);
    manifest.layers.push_back({.media_type = type, .digest = Digest::OfBytes(type), .size = 9});
  }
  manifest.attachments.push_back({.media_type = "application/vnd.berth.checkpoint.v1.tar",
                                  .digest = Digest::OfBytes("memory"),
                                  .size = 7});
  manifest.annotations = {{"key", "value"}};
  manifest.artifact_type = "application/vnd.example";
  const std::string text = FormatManifest(manifest);
  const absl::StatusOr<ImageManifest> read = ParseManifest(kOciManifestType, text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->config.digest, manifest.config.digest);
  EXPECT_EQ(read->annotations, manifest.annotations);
  EXPECT_EQ(read->artifact_type, "application/vnd.example");
  ASSERT_EQ(read->layers.size(), 3u);
  EXPECT_EQ(read->layers[2].digest, manifest.layers[2].digest);
  ASSERT_EQ(read->attachments.size(), 1u);
  EXPECT_EQ(read->attachments[0].digest, manifest.attachments[0].digest);
  EXPECT_EQ(read->attachments[0].size, 7u);
  EXPECT_EQ(read->layers[1].media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
}

}  // namespace
}  // namespace berth::imageservice
