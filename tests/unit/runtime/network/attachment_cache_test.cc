// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/attachment_cache.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using testing::IsEmpty;

Attachment Sample(const std::string& pod_id) {
  Attachment attachment;
  attachment.network = "pod-net";
  attachment.pod_id = pod_id;
  attachment.namespace_path = "/run/netns/a";
  attachment.config = R"({"name": "pod-net"})";
  attachment.arguments = {{"IgnoreUnknown", "1"}, {"K8S_POD_NAME", "web"}};
  attachment.capability_arguments = Json::parse(R"({"dns": {"servers": ["10.0.0.1"]}})");
  return attachment;
}

TEST(AttachmentCache, WritesWhatLibcniReads) {
  Attachment attachment = Sample("abc");
  attachment.result = Json::parse(R"({"cniVersion": "1.0.0"})");
  EXPECT_EQ(Json::parse(FormatCachedAttachment(attachment)), Json::parse(R"({
    "kind": "cniCacheV1", "containerId": "abc", "ifName": "eth0", "networkName": "pod-net",
    "netns": "/run/netns/a", "config": "eyJuYW1lIjogInBvZC1uZXQifQ==",
    "cniArgs": [["IgnoreUnknown", "1"], ["K8S_POD_NAME", "web"]],
    "capabilityArgs": {"dns": {"servers": ["10.0.0.1"]}}, "result": {"cniVersion": "1.0.0"}})"));
}

TEST(AttachmentCache, StartsWithoutTheDraftsOfAKilledDaemon) {
  test::TempDir dir;
  ASSERT_TRUE(AttachmentCache(dir.path()).Store(Sample("abc")).ok());
  const std::string draft = dir.path() + "/results/.pod-net-def-eth0";
  std::ofstream(draft) << "{";
  EXPECT_EQ(AttachmentCache(dir.path()).Find("")->size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(draft));
}

TEST(AttachmentCache, StoresReplacesFindsAndRemoves) {
  test::TempDir dir;
  AttachmentCache cache(dir.path() + "/var/cni");
  EXPECT_THAT(*cache.Find("abc"), IsEmpty());
  Attachment attachment = Sample("abc");
  ASSERT_TRUE(cache.Store(attachment).ok());
  ASSERT_TRUE(cache.Store(Sample("def")).ok());
  EXPECT_TRUE(std::filesystem::exists(dir.path() + "/var/cni/results/pod-net-abc-eth0"));
  auto found = cache.Find("abc");
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1u);
  EXPECT_FALSE(found->front().result.has_value());
  EXPECT_EQ(FormatCachedAttachment(found->front()), FormatCachedAttachment(attachment));
  attachment.result = Json::parse(R"({"cniVersion": "1.0.0"})");
  ASSERT_TRUE(cache.Store(attachment).ok());
  EXPECT_EQ(*cache.Find("abc")->front().result, *attachment.result);
  EXPECT_EQ(cache.Find("")->size(), 2u);
  EXPECT_TRUE(cache.Remove(attachment).ok());
  EXPECT_TRUE(cache.Remove(attachment).ok());
  EXPECT_THAT(*cache.Find("abc"), IsEmpty());
  EXPECT_EQ(cache.Find("")->size(), 1u);
}

TEST(AttachmentCache, FindsInTheOrderOfTheNumbers) {
  test::TempDir dir;
  const AttachmentCache cache(dir.path());
  for (const char* interface : {"eth10", "eth2", "eth0", "eth100"}) {
    Attachment attachment = Sample("abc");
    attachment.interface = interface;
    ASSERT_TRUE(cache.Store(attachment).ok());
  }
  std::vector<std::string> found;
  for (const Attachment& attachment : cache.Find("abc").value()) {
    found.push_back(attachment.interface);
  }
  EXPECT_THAT(found, testing::ElementsAre("eth0", "eth2", "eth10", "eth100"));
}

TEST(AttachmentCache, KeepsItsFilesToTheDaemon) {
  test::TempDir dir;
  AttachmentCache cache(dir.path() + "/cni");
  ASSERT_TRUE(cache.Store(Sample("abc")).ok());
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(dir.path() + "/cni/results").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(dir.path() + "/cni/results/pod-net-abc-eth0").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(AttachmentCache, TellsWhoseADamagedFileWas) {
  test::TempDir dir;
  for (const char* text : {"", "{", "[]", R"({"kind": "other"})", R"({"kind": "cniCacheV1"})"}) {
    dir.Write("results/pod-net-abc-eth0", text);
    auto found = AttachmentCache(dir.path()).Find("abc");
    ASSERT_TRUE(found.ok() && found->size() == 1) << text;
    EXPECT_EQ(found->front().network, "pod-net");
    EXPECT_EQ(found->front().pod_id, "abc");
    EXPECT_EQ(found->front().config, "");
  }
}

TEST(AttachmentCache, DoesNotTakeAFileUnderAnothersName) {
  test::TempDir dir;
  dir.Write("results/pod-net-abc-eth0", FormatCachedAttachment(Sample("def")));
  auto found = AttachmentCache(dir.path()).Find("");
  ASSERT_TRUE(found.ok() && found->size() == 1);
  EXPECT_EQ(found->front().pod_id, "abc");
  EXPECT_EQ(found->front().config, "");
}

TEST(AttachmentCache, SkipsWhatIsNoAttachment) {
  test::TempDir dir;
  for (const char* name :
       {"x", "-abc-eth0", "pod-net-abc-net1", ".pod-net-abc-eth0", "net--eth0"}) {
    dir.Write(std::string("results/") + name, "{}");
  }
  EXPECT_THAT(*AttachmentCache(dir.path()).Find(""), IsEmpty());
}

TEST(AttachmentCache, SaysWhereItCannotWrite) {
  test::TempDir dir;
  dir.Write("file", "");
  const absl::Status status = AttachmentCache(dir.path() + "/file").Store(Sample("abc"));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(dir.path() + "/file/results: "));
}

}  // namespace
}  // namespace berth::runtime
