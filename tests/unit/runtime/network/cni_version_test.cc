// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_version.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(CniVersion, ReadsOneToThreeNumbers) {
  const struct {
    const char* text;
    const char* version;
  } cases[] = {
      {"1.1.0", "1.1.0"}, {"0.3.1", "0.3.1"}, {"1.0", "1.0.0"}, {"1", "1.0.0"}, {"", "0.1.0"}};
  for (const auto& c : cases) {
    auto version = ParseCniVersion(c.text);
    ASSERT_TRUE(version.ok()) << c.text;
    EXPECT_EQ(version->str(), c.version);
  }
}

TEST(CniVersion, RefusesOtherText) {
  for (const char* text : {"1.", "a", "1.0.0.0", "-1.0", "1.0.0-rc1", "99999999999.0", "."}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCniVersion(text).status())) << text;
  }
}

TEST(CniVersion, OrdersByNumbers) {
  EXPECT_LT(*ParseCniVersion("0.4.0"), *ParseCniVersion("0.10.0"));
  EXPECT_LT(kCni100, kCni110);
}

TEST(CniVersion, KnowsWhatIsSpoken) {
  for (const char* text : {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"}) {
    EXPECT_TRUE(IsSpoken(*ParseCniVersion(text))) << text;
  }
  for (const char* text : {"0.5.0", "1.0.1", "1.2.0", "2.0.0"}) {
    EXPECT_FALSE(IsSpoken(*ParseCniVersion(text))) << text;
  }
}

}  // namespace
}  // namespace berth::runtime
