// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;

EngineRequest Parse(absl::string_view target) {
  EngineRequest request;
  const absl::Status parsed = ParseTarget(target, request);
  EXPECT_TRUE(parsed.ok()) << target << ": " << parsed;
  return request;
}

TEST(ParseTarget, HasVersionPathAndQuery) {
  const EngineRequest request = Parse("/v1.43/images/a%2Fb:c/json?all=1&x=a+b%26&all=0&empty");
  EXPECT_EQ(request.version, (ApiVersion{1, 43}));
  EXPECT_EQ(request.path, "/images/a/b:c/json");
  EXPECT_EQ(request.Query("all"), "1");
  EXPECT_EQ(request.Query("x"), "a b&");
  EXPECT_EQ(request.Query("empty"), "");
  EXPECT_EQ(request.Query("none"), "");
}

TEST(ParseTarget, AVersionMayBeMissing) {
  const EngineRequest request = Parse("/_ping");
  EXPECT_EQ(request.version, kNewestApi);
  EXPECT_EQ(request.path, "/_ping");
  EXPECT_EQ(Parse("/v2/x").path, "/v2/x");
  EXPECT_EQ(Parse("/v1.x/y").version, kNewestApi);
  EXPECT_EQ(Parse("/v1.x/y").path, "/v1.x/y");
  EXPECT_EQ(Parse("/v1.43").path, "");
  EXPECT_EQ(Parse(absl::string_view()).path, "");
}

TEST(ParseTarget, OtherVersionsAreRefusedInDockersWords) {
  EngineRequest request;
  EXPECT_THAT(ParseTarget("/v1.23/info", request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "client version 1.23 is too old. Minimum supported API version is 1.24, "
                       "please upgrade your client to a newer version"));
  EXPECT_THAT(ParseTarget("/v1.100/info", request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "client version 1.100 is too new. Maximum supported API version is 1.50"));
}

TEST(ParseTarget, RefusesBadEscapes) {
  EngineRequest request;
  for (const char* target : {"/a%", "/a%4", "/a%zz", "/a?b=%", "/a%00"}) {
    EXPECT_THAT(ParseTarget(target, request), StatusIs(absl::StatusCode::kInvalidArgument))
        << target;
  }
}

TEST(QueryAll, HasAllOfAName) {
  EngineRequest request;
  ASSERT_TRUE(ParseTarget("/build?t=a&x=1&t=b%20c&t=", request).ok());
  EXPECT_EQ(request.QueryAll("t"), (std::vector<std::string>{"a", "b c", ""}));
  EXPECT_EQ(request.Query("t"), "a");
  EXPECT_TRUE(request.QueryAll("y").empty());
}

TEST(Flag, IsAsDockerReadsIt) {
  const EngineRequest request = Parse("/x?a=1&b=true&c=0&d=False&e=&f=no&g=none&h=yes");
  for (const char* name : {"a", "b", "h"}) {
    EXPECT_TRUE(request.Flag(name)) << name;
  }
  for (const char* name : {"c", "d", "e", "f", "g", "missing"}) {
    EXPECT_FALSE(request.Flag(name)) << name;
  }
}

}  // namespace
}  // namespace berth::cri
