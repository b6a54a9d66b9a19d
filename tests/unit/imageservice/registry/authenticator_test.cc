// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/authenticator.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/registry/retry_policy.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::FakeAnswer;
using test::FakeRegistry;
using test::FakeRequest;
using test::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FixedClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'000'000);
};

// A registry at whose address a token server answers too, with token-1, token-2, …
class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() : server_([this](const FakeRequest& request) { return Answer(request); }) {
    host_.base = *Url::Parse(server_.Url("/v2"));
    login_.username = "user";
    login_.password = Secret("pass");
  }

  FakeAnswer Answer(const FakeRequest& request) {
    if (request.method == "POST" && !has_post_) {
      return {.status = 404};
    }
    return {.status = status_,
            .body = absl::StrCat(R"({"token":"token-)", ++tokens_, R"(","expires_in":100})")};
  }

  HttpResponse Unauthorized(const std::string& challenge) {
    HttpResponse response;
    response.status = 401;
    response.url = host_.base;
    response.headers.push_back({"Www-Authenticate", challenge});
    return response;
  }
  HttpResponse Bearer() {
    return Unauthorized(absl::StrCat("Bearer realm=\"", server_.Url("/token"), "\",service=s"));
  }
  absl::StatusOr<Secret> AnswerTo(Authenticator& authenticator, const HttpResponse& response,
                                  const std::string& rejected = "") {
    return authenticator.Answer(Call(), host_, response, Secret(rejected));
  }
  Authenticator Make() { return {http_, clock_, login_, "repository:a:pull"}; }

  HttpClient http_{ProxySettings()};
  FixedClock clock_;
  RegistryHost host_;
  Login login_;
  int status_ = 200;
  bool has_post_ = true;
  std::atomic<int> tokens_ = 0;
  FakeRegistry server_;
};

TEST_F(AuthenticatorTest, SaysNothingBeforeAChallenge) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  EXPECT_TRUE(authenticator.Authorization().empty());
}

TEST_F(AuthenticatorTest, AnswersBasic) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  ASSERT_OK_AND_ASSIGN(Secret answer,
                       AnswerTo(authenticator, Unauthorized("Basic realm=\"Registry\"")));
  EXPECT_EQ(answer.Reveal(), absl::StrCat("Basic ", absl::Base64Escape("user:pass")));
  EXPECT_TRUE(authenticator.Authorization() == answer);
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(AuthenticatorTest, ARejectedPasswordIsTheEnd) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  ASSERT_OK_AND_ASSIGN(Secret answer, AnswerTo(authenticator, Unauthorized("Basic realm=x")));
  EXPECT_THAT(AnswerTo(authenticator, Unauthorized("Basic realm=x"), answer.Reveal()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("HTTP 401")));
}

TEST_F(AuthenticatorTest, AnonymousHasNoAnswerToBasic) {
  Authenticator authenticator(http_, clock_, Login(), "scope");
  EXPECT_THAT(AnswerTo(authenticator, Unauthorized("Basic realm=x")),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("user name")));
}

TEST_F(AuthenticatorTest, UnknownSchemesHaveNoAnswer) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  EXPECT_THAT(AnswerTo(authenticator, Unauthorized("Negotiate")),
              StatusIs(absl::StatusCode::kUnauthenticated));
  HttpResponse bare = Unauthorized("");
  EXPECT_THAT(AnswerTo(authenticator, bare), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(AuthenticatorTest, FetchesABearerToken) {
  Authenticator authenticator(http_, clock_, login_, "repository:a:pull");
  ASSERT_OK_AND_ASSIGN(Secret answer, AnswerTo(authenticator, Bearer()));
  EXPECT_EQ(answer.Reveal(), "Bearer token-1");
  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(server_.requests()[0].target, "/token?service=s&scope=repository%3Aa%3Apull");
  EXPECT_EQ(server_.requests()[0].header("Authorization"),
            absl::StrCat("Basic ", absl::Base64Escape("user:pass")));
}

TEST_F(AuthenticatorTest, BearerIsPreferred) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  HttpResponse response = Unauthorized("Basic realm=x");
  response.headers.push_back(Bearer().headers[0]);
  EXPECT_EQ(AnswerTo(authenticator, response)->Reveal(), "Bearer token-1");
}

TEST_F(AuthenticatorTest, KeepsATokenUntilItExpires) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  ASSERT_TRUE(AnswerTo(authenticator, Bearer()).ok());
  EXPECT_EQ(authenticator.Authorization().Reveal(), "Bearer token-1");
  EXPECT_EQ(AnswerTo(authenticator, Bearer())->Reveal(), "Bearer token-1");  // another thread's
  clock_.now += absl::Seconds(91);
  EXPECT_TRUE(authenticator.Authorization().empty());
  EXPECT_EQ(AnswerTo(authenticator, Bearer(), "Bearer token-1")->Reveal(), "Bearer token-2");
}

TEST_F(AuthenticatorTest, ARejectedTokenIsReplaced) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  ASSERT_TRUE(AnswerTo(authenticator, Bearer()).ok());
  EXPECT_EQ(AnswerTo(authenticator, Bearer(), "Bearer token-1")->Reveal(), "Bearer token-2");
}

TEST_F(AuthenticatorTest, ARegistryTokenIsTheAnswerItself) {
  Login login;
  login.registry_token = Secret("mine");
  Authenticator authenticator(http_, clock_, login, "scope");
  EXPECT_EQ(AnswerTo(authenticator, Bearer())->Reveal(), "Bearer mine");
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_THAT(AnswerTo(authenticator, Bearer(), "Bearer mine"),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(AuthenticatorTest, TradesAnIdentityTokenByPost) {
  Login login;
  login.identity_token = Secret("refresh");
  Authenticator authenticator(http_, clock_, login, "scope");
  EXPECT_EQ(AnswerTo(authenticator, Bearer())->Reveal(), "Bearer token-1");
  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(server_.requests()[0].method, "POST");
  EXPECT_THAT(server_.requests()[0].body, HasSubstr("refresh_token=refresh"));
}

TEST_F(AuthenticatorTest, FallsBackToGetWhereThereIsNoPost) {
  has_post_ = false;
  Login login;
  login.identity_token = Secret("refresh");
  Authenticator authenticator(http_, clock_, login, "scope");
  EXPECT_EQ(AnswerTo(authenticator, Bearer())->Reveal(), "Bearer token-1");
  ASSERT_EQ(server_.requests().size(), 2u);
  EXPECT_EQ(server_.requests()[1].header("Authorization"),
            absl::StrCat("Basic ", absl::Base64Escape(":refresh")));
}

TEST_F(AuthenticatorTest, ATokenServersRefusalIsTheUsers) {
  status_ = 401;
  Authenticator authenticator(http_, clock_, login_, "scope");
  EXPECT_THAT(AnswerTo(authenticator, Bearer()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("token server")));
  status_ = 503;
  auto busy = AnswerTo(authenticator, Bearer());
  EXPECT_THAT(busy, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(IsTransient(busy.status()));
}

TEST_F(AuthenticatorTest, AStrangersRealmGetsNothing) {
  Authenticator authenticator(http_, clock_, login_, "scope");
  EXPECT_THAT(AnswerTo(authenticator, Unauthorized("Bearer realm=\"https://evil.invalid/token\"")),
              StatusIs(absl::StatusCode::kPermissionDenied, Not(HasSubstr("pass\""))));
}

}  // namespace
}  // namespace berth::imageservice
