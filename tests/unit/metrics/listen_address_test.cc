// SPDX-License-Identifier: Apache-2.0
#include "metrics/listen_address.h"

#include "gtest/gtest.h"

namespace berth::metrics {
namespace {

TEST(ListenAddress, ReadsNumericAddresses) {
  const struct {
    const char* text;
    const char* formatted;
  } cases[] = {{"127.0.0.1:9477", "127.0.0.1:9477"},
               {"localhost:1", "127.0.0.1:1"},
               {"[::1]:65535", "[::1]:65535"},
               {"0.0.0.0:0", "0.0.0.0:0"}};
  for (const auto& c : cases) {
    auto address = ParseListenAddress(c.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(FormatListenAddress(*address), c.formatted);
  }
}

TEST(ListenAddress, RefusesOtherText) {
  for (const char* text :
       {"", ":9477", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:9477",
        "[::1:9477", "[1.2.3.4]:1", "example.com:80", "127.0.0.1:http"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseListenAddress(text).status())) << text;
  }
}

}  // namespace
}  // namespace berth::metrics
