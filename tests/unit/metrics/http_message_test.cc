// SPDX-License-Identifier: Apache-2.0
#include "metrics/http_message.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::metrics {
namespace {

TEST(HttpMessage, ReadsTheRequestLineOnceTheHeadIsComplete) {
  const std::string text = "GET /metrics?x=1 HTTP/1.1\r\nHost: node\r\n\r\n";
  for (size_t size = 0; size < text.size(); ++size) {
    auto head = ParseRequestHead(absl::string_view(text).substr(0, size));
    ASSERT_TRUE(head.ok()) << head.status();
    EXPECT_FALSE(head->has_value()) << size;
  }
  auto head = ParseRequestHead(text);
  ASSERT_TRUE(head.ok() && head->has_value());
  EXPECT_EQ((*head)->method, "GET");
  EXPECT_EQ((*head)->path, "/metrics");
}

TEST(HttpMessage, TakesBareNewlines) {
  auto head = ParseRequestHead("HEAD / HTTP/1.0\n\n");
  ASSERT_TRUE(head.ok() && head->has_value());
  EXPECT_EQ((*head)->method, "HEAD");
}

TEST(HttpMessage, RefusesWhatIsNotHttp1) {
  for (const char* text :
       {"\r\n\r\n", "GET\r\n\r\n", "GET metrics HTTP/1.1\r\n\r\n", "GET /metrics HTTP/2\r\n\r\n",
        " /metrics HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseRequestHead(text).status())) << text;
  }
}

TEST(HttpMessage, RefusesAHeadOverTheLimitCompleteOrNot) {
  const std::string line =
      absl::StrCat("GET /metrics HTTP/1.1\r\nX: ", std::string(kMaxRequestHead, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(ParseRequestHead(line).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(ParseRequestHead(line + "\r\n\r\n").status()));
}

TEST(HttpMessage, HeadResponseAnnouncesTheLengthWithoutTheBody) {
  const std::string full = FormatResponse(200, "text/plain", "body", false);
  EXPECT_THAT(full, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(full, testing::EndsWith("\r\n\r\nbody"));
  const std::string head = FormatResponse(200, "text/plain", "body", true);
  EXPECT_THAT(head, testing::HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(head, testing::EndsWith("\r\n\r\n"));
}

TEST(HttpMessage, MethodNotAllowedNamesTheAllowedOnes) {
  EXPECT_THAT(FormatResponse(405, "text/plain", "", false),
              testing::HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(FormatResponse(431, "text/plain", "", false),
              testing::HasSubstr("431 Request Header"));
  EXPECT_THAT(FormatResponse(404, "text/plain", "", false), testing::HasSubstr("404 Not Found"));
  EXPECT_THAT(FormatResponse(400, "text/plain", "", false), testing::HasSubstr("400 Bad Request"));
}

}  // namespace
}  // namespace berth::metrics
