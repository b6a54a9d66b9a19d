// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/redirect.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::FakeAnswer;
using test::FakeRegistry;
using test::FakeRequest;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

HttpRequest Request(const std::string& url) {
  HttpRequest request;
  request.url = *Url::Parse(url);
  request.headers = {{"accept", "a"}, {"Range", "bytes=1-"}, {"If-None-Match", "x"}};
  request.tls.ca_pem = "ca";
  return request;
}

HttpRequest WithSecrets(HttpRequest request) {
  request.headers.push_back({"Authorization", "Bearer x"});
  request.headers.push_back({"X-Api-Key", "y"});
  request.tls.client_certificates = {{"/cert", "/key"}};
  return request;
}

HttpResponse To(const std::string& location) {
  HttpResponse response;
  response.status = 307;
  response.headers.push_back({"location", location});
  return response;
}

std::vector<std::string> HeaderNames(const HttpRequest& request) {
  std::vector<std::string> names;
  for (const HttpHeader& header : request.headers) {
    names.push_back(header.name);
  }
  return names;
}

TEST(Redirect, KnowsItsStatuses) {
  HttpResponse response;
  for (int status : {301, 302, 303, 307, 308}) {
    response.status = status;
    EXPECT_TRUE(IsRedirect(response)) << status;
  }
  for (int status : {200, 206, 300, 304, 305, 401}) {
    response.status = status;
    EXPECT_FALSE(IsRedirect(response)) << status;
  }
}

TEST(Redirect, SameOriginKeepsEverything) {
  ASSERT_OK_AND_ASSIGN(HttpRequest next,
                       FollowRedirect(WithSecrets(Request("https://host/v2/a")), To("/v2/b?c")));
  EXPECT_EQ(next.url.str(), "https://host/v2/b?c");
  EXPECT_THAT(HeaderNames(next),
              ElementsAre("accept", "Range", "If-None-Match", "Authorization", "X-Api-Key"));
  EXPECT_EQ(next.tls.client_certificates.size(), 1u);
}

TEST(Redirect, NoSecretCrossesAnOrigin) {
  for (const std::string location :
       {"https://cdn/x", "https://host:444/x", "https://sub.host/x", "//evil/x"}) {
    SCOPED_TRACE(location);
    ASSERT_OK_AND_ASSIGN(HttpRequest next,
                         FollowRedirect(WithSecrets(Request("https://host/v2/a")), To(location)));
    EXPECT_THAT(HeaderNames(next), ElementsAre("accept", "Range", "If-None-Match"));
    EXPECT_TRUE(next.tls.client_certificates.empty());
    EXPECT_EQ(next.tls.ca_pem, "ca");
  }
}

TEST(Redirect, IsNotFollowedOutOfTlsWithSecrets) {
  EXPECT_THAT(FollowRedirect(WithSecrets(Request("https://host/a")), To("http://host/a")),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("without TLS")));
  EXPECT_TRUE(FollowRedirect(Request("https://host/a"), To("http://host/a")).ok());
  EXPECT_TRUE(FollowRedirect(WithSecrets(Request("http://host/a")), To("http://host/b")).ok());
}

TEST(Redirect, CertificatesCountAgainOutsideLoopback) {
  HttpRequest request = Request("https://localhost:5000/a");
  request.tls.verify = false;
  EXPECT_TRUE(FollowRedirect(request, To("https://cdn/x"))->tls.verify);
  EXPECT_FALSE(FollowRedirect(request, To("https://127.0.0.1/x"))->tls.verify);
}

TEST(Redirect, RefusesOtherAddresses) {
  for (const std::string location : {"", "ftp://x/", "file:///etc/passwd", "https://u:p@x/"}) {
    EXPECT_THAT(FollowRedirect(Request("https://host/a"), To(location)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("host: redirect")))
        << location;
  }
}

TEST(Redirect, IsFollowedToTheEnd) {
  FakeRegistry registry([](const FakeRequest& request) -> FakeAnswer {
    if (request.target == "/3") {
      return {.body = "here"};
    }
    return {.status = 302,
            .headers = {{"Location", "/" + std::to_string(request.target[1] - '0' + 1)}}};
  });
  HttpClient http{ProxySettings()};
  ASSERT_OK_AND_ASSIGN(HttpResponse response,
                       SendFollowingRedirects(http, Call(), Request(registry.Url("/1"))));
  EXPECT_EQ(response.body, "here");
  EXPECT_EQ(response.url.str(), registry.Url("/3"));
  EXPECT_THAT(registry.targets(), ElementsAre("/1", "/2", "/3"));
}

TEST(Redirect, InACircleEnds) {
  FakeRegistry registry([](const FakeRequest&) -> FakeAnswer {
    return {.status = 302, .headers = {{"Location", "/again"}}};
  });
  HttpClient http{ProxySettings()};
  EXPECT_THAT(SendFollowingRedirects(http, Call(), Request(registry.Url("/"))),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("more than 10 redirects")));
  EXPECT_EQ(registry.requests().size(), 11u);
}

TEST(Redirect, LeadsNoRequestOutOfTlsThatIsForTlsOnly) {
  HttpRequest request = Request("https://host/a");
  request.https_only = true;
  EXPECT_THAT(FollowRedirect(request, To("http://10.0.0.1/a")),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("without TLS")));
  ASSERT_OK_AND_ASSIGN(const HttpRequest next, FollowRedirect(request, To("https://cdn/a")));
  EXPECT_TRUE(next.https_only) << "nor the next redirect";
}

}  // namespace
}  // namespace berth::imageservice
