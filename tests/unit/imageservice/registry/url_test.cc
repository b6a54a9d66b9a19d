// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/url.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;

TEST(Url, IsTakenApartAndPutTogether) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://host", "https://host/"},
      {"HTTPS://Host/A?b=C#d", "https://host/A?b=C"},
      {"http://host:80/a", "http://host/a"},
      {"https://host:443/a", "https://host/a"},
      {"https://host:80/a", "https://host:80/a"},
      {"http://[::1]:5000/v2/", "http://[::1]:5000/v2/"},
      {"https://host/a/../b", "https://host/b"},
      {"https://host/%2e?x=%20y", "https://host/%2e?x=%20y"},
  };
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(Url url, Url::Parse(text));
    EXPECT_EQ(url.str(), expected);
  }
}

TEST(Url, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string(), std::string("host/a"), std::string("ftp://host/"),
        std::string("file:///etc"), std::string("https://"), std::string("https://user@host/"),
        std::string("https://u:p@host/"), std::string("https://host:0/"),
        std::string("https://host:99999/"), std::string("https://ho st/"),
        std::string("https://host/\r\nX: y"), std::string("https://host/\0", 14),
        "https://host/" + std::string(9000, 'a')}) {
    EXPECT_THAT(Url::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(Url, ResolvesALocation) {
  ASSERT_OK_AND_ASSIGN(Url base, Url::Parse("https://host:5000/v2/a/blobs/x?ns=y"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://cdn/x?sig=1", "https://cdn/x?sig=1"}, {"//cdn/x", "https://cdn/x"},
      {"/other", "https://host:5000/other"},          {"z", "https://host:5000/v2/a/blobs/z"},
      {"?q", "https://host:5000/v2/a/blobs/x?q"},     {"http://cdn/", "http://cdn/"},
  };
  for (const auto& [location, expected] : cases) {
    SCOPED_TRACE(location);
    ASSERT_OK_AND_ASSIGN(Url url, base.Resolve(location));
    EXPECT_EQ(url.str(), expected);
  }
  for (const std::string location : {"", "ftp://x/", "https://u:p@x/", "https://x/\n"}) {
    EXPECT_THAT(base.Resolve(location), StatusIs(absl::StatusCode::kInvalidArgument)) << location;
  }
}

TEST(Url, OriginIsSchemeHostAndPort) {
  auto same = [](const char* a, const char* b) {
    return IsSameOrigin(*Url::Parse(a), *Url::Parse(b));
  };
  EXPECT_TRUE(same("https://Host/a", "https://host:443/b"));
  EXPECT_FALSE(same("https://host/", "http://host/"));
  EXPECT_FALSE(same("https://host/", "https://host:444/"));
  EXPECT_FALSE(same("https://host/", "https://host.example/"));
}

TEST(Url, KnowsLoopback) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host :
       {"", "localhost.example", "128.0.0.1", "127.0.0.1.nip.io", "[::2]", "[]"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(Url, SiteIsWhatSomebodyRegistered) {
  EXPECT_TRUE(IsSameSite("a", "A"));
  EXPECT_TRUE(IsSameSite("registry-1.docker.io", "auth.docker.io"));
  EXPECT_TRUE(IsSameSite("registry.gitlab.com", "gitlab.com"));
  EXPECT_TRUE(IsSameSite("r.example.co.uk", "auth.example.co.uk"));
  EXPECT_TRUE(IsSameSite("localhost", "127.0.0.1"));
  EXPECT_FALSE(IsSameSite("example.co.uk", "evil.co.uk"));
  EXPECT_FALSE(IsSameSite("alice.github.io", "mallory.github.io"));
  EXPECT_FALSE(IsSameSite("example.com", "example.org"));
  EXPECT_FALSE(IsSameSite("registry", "auth"));
  EXPECT_FALSE(IsSameSite("10.0.0.1", "11.0.0.1"));
  EXPECT_FALSE(IsSameSite("10.0.0.1", "20.0.0.1"));
  EXPECT_FALSE(IsSameSite("[fe80::1]", "[fe80::2]"));
  EXPECT_FALSE(IsSameSite("example.com", "notexample.com"));
}

}  // namespace
}  // namespace berth::imageservice
