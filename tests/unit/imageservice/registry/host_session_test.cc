// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/host_session.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

RegistryHost HostOf(const FakeRegistry& registry) {
  RegistryHost host;
  host.base = *Url::Parse(registry.Url("/v2"));
  host.gets_credentials = true;
  return host;
}

Login Password() {
  Login login;
  login.username = "user";
  login.password = Secret("pass");
  return login;
}

class HostSessionTest : public ::testing::Test {
 protected:
  absl::StatusOr<HttpResponse> Get(RegistryHost host, const Login& login = Login()) {
    HostSession session(http_, clock_, std::move(host), login, "repository:a:pull");
    return session.Send(Call(), {.path = "a/manifests/t", .headers = {{"Accept", "x"}}});
  }

  HttpClient http_{ProxySettings()};
  SteadyClock clock_;
};

TEST_F(HostSessionTest, AsksBelowTheBase) {
  FakeRegistry registry([](const FakeRequest&) -> FakeAnswer { return {.body = "m"}; });
  RegistryHost host = HostOf(registry);
  host.headers = {{"X-Key", "k"}};
  host.ns = "docker.io";
  ASSERT_OK_AND_ASSIGN(HttpResponse response, Get(host));
  EXPECT_EQ(response.body, "m");
  FakeRequest seen = registry.requests()[0];
  EXPECT_EQ(seen.target, "/v2/a/manifests/t?ns=docker.io");
  EXPECT_EQ(seen.header("X-Key"), "k");
  EXPECT_EQ(seen.header("Accept"), "x");
  EXPECT_EQ(seen.header("Authorization"), "");
}

TEST_F(HostSessionTest, AnswersAChallengeAndRemembersIt) {
  FakeRegistry registry([](const FakeRequest& request) -> FakeAnswer {
    if (request.header("Authorization").empty()) {
      return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
    }
    return {.body = "m"};
  });
  HostSession session(http_, clock_, HostOf(registry), Password(), "scope");
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(HttpResponse response, session.Send(Call(), {.path = "x", .headers = {}}));
    EXPECT_EQ(response.body, "m");
  }
  EXPECT_EQ(registry.requests().size(), 3u);
}

TEST_F(HostSessionTest, CredentialsStayWithTheirRegistry) {
  FakeRegistry registry([](const FakeRequest&) -> FakeAnswer {
    return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
  });
  RegistryHost mirror = HostOf(registry);
  mirror.gets_credentials = false;
  EXPECT_THAT(Get(mirror, Password()), StatusIs(absl::StatusCode::kUnauthenticated));
  for (const FakeRequest& request : registry.requests()) {
    EXPECT_EQ(request.header("Authorization"), "");
  }
}

TEST_F(HostSessionTest, AWrongPasswordIsTriedOnce) {
  FakeRegistry registry([](const FakeRequest&) -> FakeAnswer {
    return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
  });
  EXPECT_THAT(Get(HostOf(registry), Password()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("HTTP 401")));
  EXPECT_EQ(registry.requests().size(), 2u);
}

TEST_F(HostSessionTest, TokensThatNeverSatisfyEnd) {
  int tokens = 0;
  std::string realm;
  FakeRegistry registry([&](const FakeRequest& request) -> FakeAnswer {
    if (absl::StartsWith(request.target, "/token")) {
      return {.body = absl::StrCat(R"({"token":"t)", ++tokens, "\"}")};
    }
    return {.status = 401,
            .headers = {{"WWW-Authenticate", absl::StrCat("Bearer realm=\"", realm, "\"")}}};
  });
  realm = registry.Url("/token");
  ASSERT_OK_AND_ASSIGN(HttpResponse response, Get(HostOf(registry), Password()));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(tokens, 2);
}

TEST_F(HostSessionTest, RedirectsLeaveTheAuthorizationBehind) {
  FakeRegistry cdn([](const FakeRequest&) -> FakeAnswer { return {.body = "blob"}; });
  FakeRegistry registry([&](const FakeRequest& request) -> FakeAnswer {
    if (request.header("Authorization").empty()) {
      return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
    }
    return {.status = 307, .headers = {{"Location", cdn.Url("/signed?x=y")}}};
  });
  RegistryHost host = HostOf(registry);
  host.headers = {{"X-Key", "k"}};
  ASSERT_OK_AND_ASSIGN(HttpResponse response, Get(host, Password()));
  EXPECT_EQ(response.body, "blob");
  EXPECT_EQ(response.url.str(), cdn.Url("/signed?x=y"));
  FakeRequest seen = cdn.requests()[0];
  EXPECT_EQ(seen.header("Authorization"), "");
  EXPECT_EQ(seen.header("X-Key"), "");
  EXPECT_EQ(seen.header("Accept"), "x");
}

TEST_F(HostSessionTest, AnotherOriginsChallengeIsNotAnswered) {
  FakeRegistry cdn([](const FakeRequest&) -> FakeAnswer {
    return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=x"}}};
  });
  FakeRegistry registry([&](const FakeRequest&) -> FakeAnswer {
    return {.status = 307, .headers = {{"Location", cdn.Url("/")}}};
  });
  ASSERT_OK_AND_ASSIGN(HttpResponse response, Get(HostOf(registry), Password()));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(cdn.requests().size(), 1u);
  EXPECT_EQ(cdn.requests()[0].header("Authorization"), "");
}

TEST_F(HostSessionTest, FindsOutThatLoopbackIsPlain) {
  FakeRegistry registry([](const FakeRequest&) -> FakeAnswer { return {.body = "m"}; });
  RegistryHost host = HostOf(registry);
  host.base.scheme = "https";
  host.is_scheme_known = false;
  HostSession session(http_, clock_, host, Login(), "scope");
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(HttpResponse response, session.Send(Call(), {.path = "x", .headers = {}}));
    EXPECT_EQ(response.body, "m");
  }
  EXPECT_THAT(registry.targets(), ElementsAre("/v2/", "/v2/x", "/v2/x"));
}

TEST_F(HostSessionTest, NobodyOnLoopback) {
  RegistryHost host;
  {
    FakeRegistry gone([](const FakeRequest&) -> FakeAnswer { return {}; });
    host = HostOf(gone);
  }
  host.is_scheme_known = false;
  EXPECT_THAT(Get(host), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace berth::imageservice
