// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/http_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParseStreamPath, IsAKindAndAToken) {
  const auto path = ParseStreamPath("/exec/0123abcd");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->kind, "exec");
  EXPECT_EQ(path->token, "0123abcd");
}

TEST(ParseStreamPath, IgnoresAQuery) {
  EXPECT_EQ(ParseStreamPath("/attach/t?stdin=1&x=/a/b")->token, "t");
}

TEST(ParseStreamPath, RefusesOtherForms) {
  for (const char* target : {"", "/", "exec/token", "/exec", "/exec/a/b", "*", "//"}) {
    const auto path = ParseStreamPath(target);
    EXPECT_TRUE(!path.has_value() || path->token.empty()) << target;
  }
}

TEST(UpgradeHeadersOf, TakesListsApart) {
  UpgradeRequest request;
  request.insert("connection", "keep-alive, Upgrade");
  request.insert("Upgrade", "SPDY/3.1");
  request.insert("X-Stream-Protocol-Version", "v4.channel.k8s.io ,v3.channel.k8s.io");
  request.insert("x-stream-protocol-version", "");
  request.insert("X-Stream-Protocol-Version", "channel.k8s.io");
  const UpgradeHeaders headers = UpgradeHeadersOf(request);
  EXPECT_THAT(headers.connection, ElementsAre("keep-alive", "Upgrade"));
  EXPECT_THAT(headers.upgrade, ElementsAre("SPDY/3.1"));
  EXPECT_THAT(headers.stream_protocols,
              ElementsAre("v4.channel.k8s.io", "v3.channel.k8s.io", "channel.k8s.io"));
  EXPECT_THAT(headers.websocket_protocols, IsEmpty());
}

TEST(FormatResponse, EndsTheHeadWithAnEmptyLine) {
  EXPECT_EQ(FormatResponse(HttpStatus::switching_protocols, {{"Upgrade", "SPDY/3.1"}}, ""),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n");
}

TEST(FormatResponse, ClosesAfterABody) {
  EXPECT_EQ(FormatResponse(HttpStatus::not_found, {}, "no\n"),
            "HTTP/1.1 404 Not Found\r\nConnection: close\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nno\n");
}

}  // namespace
}  // namespace berth::cri
