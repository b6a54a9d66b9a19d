// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/platform.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Runnable(const std::string& text) {
  std::vector<std::string> names;
  for (const Platform& platform : RunnablePlatforms(*ParsePlatform(text))) {
    names.push_back(FormatPlatform(platform));
  }
  return names;
}

TEST(Platform, IsNormalised) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"linux/amd64", "linux/amd64"},       {"linux/x86_64", "linux/amd64"},
      {"Linux/AMD64", "linux/amd64"},       {"linux/amd64/v1", "linux/amd64"},
      {"linux/amd64/v3", "linux/amd64/v3"}, {"linux/aarch64", "linux/arm64"},
      {"linux/arm64/v8", "linux/arm64"},    {"linux/arm64/8", "linux/arm64"},
      {"linux/arm", "linux/arm"},           {"linux/arm/v7", "linux/arm"},
      {"linux/arm/7", "linux/arm"},         {"linux/armhf", "linux/arm"},
      {"linux/armel", "linux/arm/v6"},      {"linux/i686", "linux/386"},
      {"linux/s390x", "linux/s390x"},       {"windows/amd64", "windows/amd64"},
  };
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(text);
    auto platform = ParsePlatform(text);
    ASSERT_TRUE(platform.ok()) << platform.status();
    EXPECT_EQ(FormatPlatform(*platform), expected);
  }
}

TEST(Platform, RefusesWhatIsNone) {
  for (const std::string text :
       {"", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux//v7", "linux/\n"}) {
    EXPECT_EQ(ParsePlatform(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParsePlatform("linux/" + std::string(100, 'a')).ok());
}

TEST(Platform, RunsOlderVariantsToo) {
  EXPECT_THAT(Runnable("linux/amd64"), ElementsAre("linux/amd64", "linux/386"));
  EXPECT_THAT(Runnable("linux/amd64/v3"),
              ElementsAre("linux/amd64/v3", "linux/amd64/v2", "linux/amd64", "linux/386"));
  EXPECT_THAT(Runnable("linux/arm"), ElementsAre("linux/arm", "linux/arm/v6", "linux/arm/v5"));
  EXPECT_THAT(Runnable("linux/arm/v6"), ElementsAre("linux/arm/v6", "linux/arm/v5"));
  EXPECT_THAT(Runnable("linux/arm64"), ElementsAre("linux/arm64", "linux/arm/v8", "linux/arm",
                                                   "linux/arm/v6", "linux/arm/v5"));
  EXPECT_THAT(Runnable("linux/riscv64"), ElementsAre("linux/riscv64"));
}

TEST(Platform, HugeVariantIsNoWork) {
  EXPECT_EQ(Runnable("linux/amd64/v2000000000").size(), 2u);
}

TEST(Platform, MatchesWhatItCanRun) {
  const Platform amd64 = *ParsePlatform("linux/amd64");
  auto runs = [&](const Platform& offered) { return PlatformRank(amd64, offered) >= 0; };
  EXPECT_TRUE(runs({.os = "linux", .architecture = "amd64"}));
  EXPECT_TRUE(runs({.os = "linux", .architecture = "x86_64", .variant = "v1"}));
  EXPECT_TRUE(runs({.os = "linux", .architecture = "386"}));
  EXPECT_FALSE(runs({.os = "linux", .architecture = "amd64", .variant = "v2"}));
  EXPECT_FALSE(runs({.os = "windows", .architecture = "amd64"}));
  EXPECT_FALSE(runs({.os = "linux", .architecture = "arm64"}));
  EXPECT_FALSE(runs({.os = "unknown", .architecture = "unknown"}));
  EXPECT_FALSE(runs({}));
  EXPECT_FALSE(runs({.os = "linux", .architecture = "amd64", .os_features = {"erofs"}}));
}

}  // namespace
}  // namespace berth::imageservice
