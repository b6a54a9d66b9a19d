// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/login.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

Credentials Everything() {
  Credentials credentials;
  credentials.username = "user";
  credentials.password = Secret("password");
  credentials.identity_token = Secret("identity");
  credentials.auth = Secret(absl::Base64Escape("other:word"));
  credentials.registry_token = Secret("registry");
  return credentials;
}

TEST(Login, TakesTheFirstThatIsThere) {
  Credentials credentials = Everything();
  ASSERT_OK_AND_ASSIGN(Login login, ChooseLogin(credentials, "host"));
  EXPECT_EQ(login.username, "user");
  EXPECT_EQ(login.password.Reveal(), "password");
  EXPECT_TRUE(login.identity_token.empty());

  credentials.username = "";
  ASSERT_OK_AND_ASSIGN(login, ChooseLogin(credentials, "host"));
  EXPECT_FALSE(login.has_password());
  EXPECT_EQ(login.identity_token.Reveal(), "identity");

  credentials.identity_token = Secret();
  ASSERT_OK_AND_ASSIGN(login, ChooseLogin(credentials, "host"));
  EXPECT_EQ(login.username, "other");
  EXPECT_EQ(login.password.Reveal(), "word");
  EXPECT_TRUE(login.registry_token.empty());

  credentials.auth = Secret();
  ASSERT_OK_AND_ASSIGN(login, ChooseLogin(credentials, "host"));
  EXPECT_EQ(login.registry_token.Reveal(), "registry");
  EXPECT_FALSE(login.is_anonymous());

  credentials.registry_token = Secret();
  ASSERT_OK_AND_ASSIGN(login, ChooseLogin(credentials, "host"));
  EXPECT_TRUE(login.is_anonymous());
}

TEST(Login, BelongsToTheServerItNames) {
  Credentials credentials = Everything();
  auto is_used = [&](const std::string& address, const std::string& registry) {
    credentials.server_address = address;
    return !ChooseLogin(credentials, registry)->is_anonymous();
  };
  EXPECT_TRUE(is_used("", "host:5000"));
  EXPECT_TRUE(is_used("host:5000", "host:5000"));
  EXPECT_TRUE(is_used("https://Host:5000/v2/", "host:5000"));
  EXPECT_TRUE(is_used("https://index.docker.io/v1/", "docker.io"));
  EXPECT_TRUE(is_used("registry-1.docker.io", "docker.io"));
  EXPECT_FALSE(is_used("host", "host:5000"));
  EXPECT_FALSE(is_used("https://index.docker.io/v1/", "quay.io"));
  EXPECT_FALSE(is_used("quay.io", "docker.io"));
  EXPECT_FALSE(is_used("host:5000.evil", "host:5000"));
}

TEST(Login, DecodesAuth) {
  ASSERT_OK_AND_ASSIGN(Login login, DecodeAuth(Secret(absl::Base64Escape("a:b:c"))));
  EXPECT_EQ(login.username, "a");
  EXPECT_EQ(login.password.Reveal(), "b:c");
  ASSERT_OK_AND_ASSIGN(login, DecodeAuth(Secret(absl::Base64Escape(std::string("a:b\0\0", 5)))));
  EXPECT_EQ(login.password.Reveal(), "b");
  ASSERT_OK_AND_ASSIGN(login, DecodeAuth(Secret(absl::Base64Escape("a:"))));
  EXPECT_EQ(login.password.Reveal(), "");
}

TEST(Login, RefusesMalformedAuthWithoutRepeatingIt) {
  for (const std::string& text : std::vector<std::string>{"!secret!", absl::Base64Escape("secret"),
                                                          absl::Base64Escape(":secret")}) {
    EXPECT_THAT(DecodeAuth(Secret(text)),
                StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("secret"))));
  }
}

}  // namespace
}  // namespace berth::imageservice
