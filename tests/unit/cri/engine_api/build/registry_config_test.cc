// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/registry_config.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(RegistryConfig, FindsWhoPullsByTheImagesHost) {
  const auto credentials = ReadRegistryConfig(absl::WebSafeBase64Escape(
      R"({"https://index.docker.io/v1/":{"username":"hub"},"reg:5000":{"username":"me"},
          "reg:5000/team":{"username":"us"}})"));
  EXPECT_EQ(credentials("busybox").username, "hub");
  EXPECT_EQ(credentials("reg:5000/a/b:1").username, "me");
  EXPECT_EQ(credentials("reg:5000/team/b:1").username, "us");
  EXPECT_EQ(credentials("other.io/a").username, "");
  EXPECT_EQ(credentials("Not A Name").username, "");
}

TEST(RegistryConfig, AnEntryThatSaysNothingHidesNone) {
  const auto credentials = ReadRegistryConfig(absl::WebSafeBase64Escape(
      R"({"docker.io":{"username":"hub"},"https://index.docker.io/v1/":{"auth":""},
          "reg:5000":{"username":"me"},"reg:5000/":{"username":"","password":""},
          "reg:5000/team":{},"reg:5000/team/of":null})"));
  EXPECT_EQ(credentials("busybox").username, "hub");
  EXPECT_EQ(credentials("reg:5000/a").username, "me");
  EXPECT_EQ(credentials("reg:5000/team/of/a").username, "me");
}

TEST(RegistryConfig, IsNobodyWhenItCannotBeRead) {
  for (const char* bad : {"", "%", "bm8ganNvbg=="}) {
    EXPECT_EQ(ReadRegistryConfig(bad)("busybox").username, "") << bad;
  }
}

}  // namespace
}  // namespace berth::cri
