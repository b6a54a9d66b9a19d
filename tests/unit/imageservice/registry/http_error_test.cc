// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_error.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/registry/retry_policy.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResponse Response(int status, const std::string& body = "") {
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.url = *Url::Parse("https://host:5000/v2/a?secret=1");
  return response;
}

TEST(HttpError, HasTheCodeThatIsTrueForTheCaller) {
  const std::vector<std::pair<int, absl::StatusCode>> cases = {
      {401, absl::StatusCode::kUnauthenticated}, {403, absl::StatusCode::kPermissionDenied},
      {404, absl::StatusCode::kNotFound},        {410, absl::StatusCode::kNotFound},
      {429, absl::StatusCode::kUnavailable},     {500, absl::StatusCode::kUnavailable},
      {501, absl::StatusCode::kUnavailable},     {503, absl::StatusCode::kUnavailable},
      {400, absl::StatusCode::kUnknown},         {416, absl::StatusCode::kUnknown},
      {302, absl::StatusCode::kUnknown},
  };
  for (const auto& [status, code] : cases) {
    EXPECT_THAT(HttpError(Response(status)), StatusIs(code, HasSubstr("host:5000: HTTP ")))
        << status;
  }
}

TEST(HttpError, RepeatsTheServersWords) {
  EXPECT_EQ(HttpError(Response(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN",
                                        "message":"manifest unknown"}]})"))
                .message(),
            "host:5000: HTTP 404: manifest unknown");
  EXPECT_EQ(HttpError(Response(401, R"({"details":"incorrect username or password"})")).message(),
            "host:5000: HTTP 401: incorrect username or password");
  EXPECT_EQ(HttpError(Response(400, R"({"error":"invalid_grant"})")).message(),
            "host:5000: HTTP 400: invalid_grant");
  EXPECT_EQ(HttpError(Response(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})")).message(),
            "host:5000: HTTP 404: NAME_UNKNOWN");
}

TEST(HttpError, SaysWhatAServerMeansThatSaysNothing) {
  for (const char* body : {"", "{}", "<html>no</html>"}) {
    EXPECT_THAT(HttpError(Response(401, body)).message(),
                HasSubstr("HTTP 401: unauthorized: it wants a login, or does not accept the"));
  }
}

TEST(HttpError, IsShortAndOneLine) {
  EXPECT_EQ(HttpError(Response(500, "<html>a page</html>")).message(), "host:5000: HTTP 500");
  EXPECT_EQ(HttpError(Response(500, R"({"errors":"x"})")).message(), "host:5000: HTTP 500");
  absl::Status status =
      HttpError(Response(500, R"({"message":"a\nb\u0007)" + std::string(5000, 'x') + "\"}"));
  EXPECT_LT(status.message().size(), 300u);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a\\nb\\x07"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
}

TEST(HttpError, CarriesRetryAfter) {
  HttpResponse response = Response(429);
  response.headers.push_back({"retry-after", "12"});
  EXPECT_EQ(RetryAfter(HttpError(response)), absl::Seconds(12));
  EXPECT_TRUE(IsTransient(HttpError(response)));
  EXPECT_FALSE(IsTransient(HttpError(Response(404))));
}

}  // namespace
}  // namespace berth::imageservice
