// SPDX-License-Identifier: Apache-2.0
#include "runtime/names.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

v1::PodSandboxMetadata Metadata(const std::string& name, const std::string& space,
                                const std::string& uid, uint32_t attempt) {
  v1::PodSandboxMetadata metadata;
  metadata.set_name(name);
  metadata.set_namespace_(space);
  metadata.set_uid(uid);
  metadata.set_attempt(attempt);
  return metadata;
}

TEST(PodNameKey, DiffersInEachPart) {
  const std::string key = PodNameKey(Metadata("a", "b", "c", 0));
  EXPECT_EQ(key, PodNameKey(Metadata("a", "b", "c", 0)));
  EXPECT_NE(key, PodNameKey(Metadata("x", "b", "c", 0)));
  EXPECT_NE(key, PodNameKey(Metadata("a", "x", "c", 0)));
  EXPECT_NE(key, PodNameKey(Metadata("a", "b", "x", 0)));
  EXPECT_NE(key, PodNameKey(Metadata("a", "b", "c", 1)));
}

TEST(PodNameKey, SeparatorsInNamesMakeNoTwoTuplesEqual) {
  EXPECT_NE(PodNameKey(Metadata("a/1:b", "c", "", 0)), PodNameKey(Metadata("a", "b/1:c", "", 0)));
  EXPECT_NE(PodNameKey(Metadata("a_b", "c", "", 0)), PodNameKey(Metadata("a", "b_c", "", 0)));
  EXPECT_NE(PodNameKey(Metadata("", "1:a/", "", 0)), PodNameKey(Metadata("1:a/", "", "", 0)));
}

TEST(ContainerNameKey, IsOfOnePodAndAttempt) {
  v1::ContainerMetadata metadata;
  metadata.set_name("main");
  const std::string key = ContainerNameKey("pod", metadata);
  EXPECT_NE(key, ContainerNameKey("other", metadata));
  metadata.set_attempt(1);
  EXPECT_NE(key, ContainerNameKey("pod", metadata));
}

TEST(IsObjectId, TakesSixtyFourHexDigitsOnly) {
  EXPECT_TRUE(IsObjectId(std::string(64, 'a')));
  EXPECT_TRUE(IsObjectId(std::string(32, '0') + std::string(32, 'f')));
  EXPECT_FALSE(IsObjectId(std::string(63, 'a')));
  EXPECT_FALSE(IsObjectId(std::string(65, 'a')));
  EXPECT_FALSE(IsObjectId(std::string(64, 'A')));
  EXPECT_FALSE(IsObjectId(std::string(64, 'g')));
  EXPECT_FALSE(IsObjectId("../" + std::string(61, 'a')));
  EXPECT_FALSE(IsObjectId(""));
}

}  // namespace
}  // namespace berth::runtime
