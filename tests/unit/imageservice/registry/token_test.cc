// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/token.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

RegistryHost Host(const std::string& url) {
  RegistryHost host;
  host.base = *Url::Parse(url);
  return host;
}

Login Password() {
  Login login;
  login.username = "user";
  login.password = Secret("pass");
  return login;
}

absl::Status Check(const std::string& registry, const std::string& realm, const Login& login,
                   const std::string& listed = "") {
  RegistryHost host = Host(registry);
  if (!listed.empty()) {
    host.realms.push_back(listed);
  }
  return CheckRealm(*Url::Parse(realm), host, login);
}

TEST(Token, RealmOfTheSameSiteIsTrusted) {
  EXPECT_THAT(Check("https://registry-1.docker.io/v2", "https://auth.docker.io/token", Password()),
              IsOk());
  EXPECT_THAT(Check("https://r.example.com/v2", "https://r.example.com:8443/t", Password()),
              IsOk());
  EXPECT_THAT(Check("https://registry.gitlab.com/v2", "https://gitlab.com/jwt/auth", Password()),
              IsOk());
}

TEST(Token, RealmOfSomebodyElseDoesNotGetCredentials) {
  for (const std::string realm : {"https://evil.com/token", "https://auth.docker.io.evil.com/token",
                                  "https://10.0.0.2/token", "https://localhost/token"}) {
    EXPECT_THAT(Check("https://registry-1.docker.io/v2", realm, Password()),
                StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("somebody else")))
        << realm;
  }
  Login identity;
  identity.identity_token = Secret("x");
  EXPECT_THAT(Check("https://a.com/v2", "https://b.com/", identity),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(Token, RealmMayBeListed) {
  EXPECT_THAT(Check("https://a.com/v2", "https://b.com:8443/", Password(), "b.com:8443"), IsOk());
  EXPECT_THAT(Check("https://a.com/v2", "https://b.com:8443/", Password(), "b.com"), IsOk());
  EXPECT_FALSE(Check("https://a.com/v2", "https://b.com/", Password(), "c.com").ok());
}

TEST(Token, AnonymousMayAskAnybodyOverTls) {
  EXPECT_THAT(Check("https://a.com/v2", "https://b.com/", Login()), IsOk());
  EXPECT_THAT(Check("https://a.com/v2", "http://a.com/", Login()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("without TLS")));
}

TEST(Token, RealmWithoutTlsNeedsARegistryWithoutTls) {
  EXPECT_FALSE(Check("https://a.com/v2", "http://a.com/", Password()).ok());
  EXPECT_FALSE(Check("https://a.com/v2", "http://b.com/", Password(), "b.com").ok());
  EXPECT_THAT(Check("http://localhost:5000/v2", "http://127.0.0.1:5001/token", Password()), IsOk());
  EXPECT_THAT(Check("http://a.com/v2", "http://auth.a.com/", Password()), IsOk());
  EXPECT_FALSE(Check("http://a.com/v2", "http://b.com/", Login()).ok());
  EXPECT_THAT(Check("http://a.com/v2", "http://b.com/", Password(), "b.com"), IsOk());
}

TEST(Token, DemandIsReadFromAChallenge) {
  Challenge challenge{.scheme = "bearer",
                      .parameters = {{"realm", "https://a.com/token"},
                                     {"service", "s"},
                                     {"scope", "repository:x:pull repository:y:pull"}}};
  ASSERT_OK_AND_ASSIGN(TokenDemand demand,
                       ReadBearerChallenge(challenge, "mine", Host("https://a.com/v2"), Login()));
  EXPECT_EQ(demand.realm.str(), "https://a.com/token");
  EXPECT_EQ(demand.service, "s");
  EXPECT_THAT(demand.scopes, ElementsAre("repository:x:pull", "repository:y:pull"));
  challenge.parameters.erase("scope");
  ASSERT_OK_AND_ASSIGN(demand, ReadBearerChallenge(challenge, "repository:mine:pull",
                                                   Host("https://a.com/v2"), Login()));
  EXPECT_THAT(demand.scopes, ElementsAre("repository:mine:pull"));
}

TEST(Token, MalformedChallengesAreRefused) {
  auto read = [](std::map<std::string, std::string> parameters) {
    return ReadBearerChallenge({.scheme = "bearer", .parameters = std::move(parameters)}, "scope",
                               Host("https://a.com/v2"), Login());
  };
  EXPECT_THAT(read({}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("token server")));
  EXPECT_FALSE(read({{"realm", "not a url"}}).ok());
  EXPECT_FALSE(read({{"realm", "file:///etc/passwd"}}).ok());
  EXPECT_FALSE(read({{"realm", "https://u:p@a.com/"}}).ok());
  EXPECT_FALSE(read({{"realm", "https://a.com/"}, {"scope", std::string(2000, 'x')}}).ok());
  EXPECT_FALSE(read({{"realm", "https://a.com/"}, {"scope", "a b c d e f g h i j"}}).ok());
  EXPECT_FALSE(read({{"realm", "https://a.com/"}, {"service", std::string(2000, 'x')}}).ok());
}

TEST(Token, GetAsksWithTheUsersPassword) {
  TokenDemand demand{.realm = *Url::Parse("https://a.com/token"),
                     .service = "a&b c",
                     .scopes = {"repository:x/y:pull", "z"}};
  HttpRequest request = TokenGetRequest(demand, Password());
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.str(),
            "https://a.com/token?service=a%26b%20c&scope=repository%3Ax%2Fy%3Apull&scope=z");
  ASSERT_EQ(request.headers.size(), 1u);
  EXPECT_EQ(request.headers[0].name, "Authorization");
  EXPECT_EQ(request.headers[0].value, absl::StrCat("Basic ", absl::Base64Escape("user:pass")));
}

TEST(Token, AnonymousGetHasNoAuthorization) {
  TokenDemand demand{.realm = *Url::Parse("https://a.com/token?x=y"), .service = "", .scopes = {}};
  HttpRequest request = TokenGetRequest(demand, Login());
  EXPECT_EQ(request.url.str(), "https://a.com/token?x=y");
  EXPECT_THAT(request.headers, IsEmpty());
  demand.service = "s";
  EXPECT_EQ(TokenGetRequest(demand, Login()).url.str(), "https://a.com/token?x=y&service=s");
}

TEST(Token, PostTradesAnIdentityToken) {
  Login login;
  login.identity_token = Secret("r/t+");
  HttpRequest request = TokenPostRequest(
      {.realm = *Url::Parse("https://a.com/token"), .service = "s", .scopes = {"x", "y"}}, login);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(
      request.body,
      "grant_type=refresh_token&refresh_token=r%2Ft%2B&service=s&client_id=berth&scope=x%20y");
  EXPECT_THAT(request.url.str(), HasSubstr("/token"));
}

TEST(Token, AnswerIsRead) {
  ASSERT_OK_AND_ASSIGN(Token token, ParseToken(R"({"token":"abc","expires_in":100})", kNow));
  EXPECT_EQ(token.value.Reveal(), "abc");
  EXPECT_EQ(token.expires, kNow + absl::Seconds(90));
  ASSERT_OK_AND_ASSIGN(token, ParseToken(R"({"access_token":"def"})", kNow));
  EXPECT_EQ(token.value.Reveal(), "def");
  EXPECT_EQ(token.expires, kNow + absl::Seconds(54));
  ASSERT_OK_AND_ASSIGN(token, ParseToken(R"({"token":"x","expires_in":1e300})", kNow));
  EXPECT_EQ(token.expires, kNow + absl::Seconds(54));
  ASSERT_OK_AND_ASSIGN(token, ParseToken(R"({"token":"x","expires_in":9999999999})", kNow));
  EXPECT_LE(token.expires, kNow + absl::Hours(1));
}

TEST(Token, AnswerWithoutATokenIsRefused) {
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"token":7})"),
        std::string(R"({"token":""})"), std::string(R"({"token":"a\r\nX: y"})"),
        std::string(R"({"token":"a b"})"),
        absl::StrCat(R"({"token":")", std::string(kMaxTokenLength + 1, 'x'), "\"}")}) {
    EXPECT_THAT(ParseToken(body, kNow), StatusIs(absl::StatusCode::kInvalidArgument))
        << body.substr(0, 100);
  }
}

}  // namespace
}  // namespace berth::imageservice
