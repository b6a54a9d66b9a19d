// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/proxy.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() { Clear(); }
  ~ProxyTest() override { Clear(); }

  static void Clear() {
    for (const char* name : {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                             "all_proxy", "NO_PROXY", "no_proxy"}) {
      unsetenv(name);
    }
  }
  static std::string For(const char* url) {
    return ProxySettings::FromEnvironment().ForUrl(*Url::Parse(url));
  }
};

TEST_F(ProxyTest, NoneByDefault) {
  EXPECT_EQ(For("http://host/"), "");
  EXPECT_EQ(For("https://host/"), "");
}

TEST_F(ProxyTest, EachSchemeHasItsOwn) {
  setenv("HTTP_PROXY", "http://a:1", 1);
  setenv("HTTPS_PROXY", "http://b:2", 1);
  EXPECT_EQ(For("http://host/"), "http://a:1");
  EXPECT_EQ(For("https://host/"), "http://b:2");
}

TEST_F(ProxyTest, LowerCaseWins) {
  setenv("HTTPS_PROXY", "http://upper", 1);
  setenv("https_proxy", "http://lower", 1);
  EXPECT_EQ(For("https://host/"), "http://lower");
}

TEST_F(ProxyTest, AllIsForTheRest) {
  setenv("ALL_PROXY", "socks5://c:3", 1);
  setenv("HTTPS_PROXY", "http://b:2", 1);
  EXPECT_EQ(For("http://host/"), "socks5://c:3");
  EXPECT_EQ(For("https://host/"), "http://b:2");
}

TEST_F(ProxyTest, LoopbackHasNone) {
  setenv("HTTP_PROXY", "http://a:1", 1);
  EXPECT_EQ(For("http://localhost:5000/"), "");
  EXPECT_EQ(For("http://127.0.0.1/"), "");
  EXPECT_EQ(For("http://[::1]/"), "");
}

TEST_F(ProxyTest, ExceptionsAreKept) {
  setenv("NO_PROXY", "example.com,10.0.0.0/8", 1);
  EXPECT_EQ(ProxySettings::FromEnvironment().no_proxy, "example.com,10.0.0.0/8");
}

}  // namespace
}  // namespace berth::imageservice
