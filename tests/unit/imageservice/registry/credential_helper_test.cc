// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/credential_helper.h"

#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using test::TempDir;
using ::testing::HasSubstr;
using ::testing::Not;

class CredentialHelperTest : public ::testing::Test {
 protected:
  absl::StatusOr<Credentials> Ask(const std::string& script) {
    std::string path = dir_.Write("docker-credential-fake", absl::StrCat("#!/bin/sh\n", script));
    EXPECT_EQ(chmod(path.c_str(), 0755), 0);
    return AskCredentialHelper(Call::WithTimeout(absl::Seconds(20)), "fake", "a.com",
                               {absl::StrCat("PATH=", dir_.path(), ":/bin:/usr/bin")});
  }

  TempDir dir_;
};

TEST_F(CredentialHelperTest, Answers) {
  ASSERT_OK_AND_ASSIGN(Credentials found, Ask("echo '{\"Username\":\"u\",\"Secret\":\"s\"}'"));
  EXPECT_EQ(found.username, "u");
  EXPECT_EQ(found.password.Reveal(), "s");
  EXPECT_EQ(found.server_address, "a.com");
}

TEST_F(CredentialHelperTest, GetsTheRegistryOnItsInput) {
  ASSERT_OK_AND_ASSIGN(Credentials found,
                       Ask("echo \"{\\\"Username\\\":\\\"$1\\\",\\\"Secret\\\":\\\"$(cat)\\\"}\""));
  EXPECT_EQ(found.username, "get");
  EXPECT_EQ(found.password.Reveal(), "a.com");
}

TEST_F(CredentialHelperTest, MayGiveAnIdentityToken) {
  ASSERT_OK_AND_ASSIGN(Credentials found,
                       Ask("echo '{\"Username\":\"<token>\",\"Secret\":\"s\"}'"));
  EXPECT_EQ(found.username, "");
  EXPECT_EQ(found.identity_token.Reveal(), "s");
}

TEST_F(CredentialHelperTest, MayKnowNothing) {
  ASSERT_OK_AND_ASSIGN(Credentials found,
                       Ask("echo credentials not found in native keychain; exit 1"));
  EXPECT_TRUE(found.username.empty() && found.password.empty());
}

TEST_F(CredentialHelperTest, FailsInItsOwnWords) {
  EXPECT_THAT(Ask("echo keychain is locked; exit 3"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("docker-credential-fake: exit code 3: keychain is locked")));
  EXPECT_THAT(Ask("echo '{\"Username\":\"u\"}'"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("docker-credential-fake")));
  EXPECT_THAT(Ask("echo 'secret words'"),
              StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("secret"))));
}

TEST_F(CredentialHelperTest, MustBeInstalled) {
  EXPECT_THAT(AskCredentialHelper(Call(), "absent", "a.com", {"PATH=/nonexistent:relative:"}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not in PATH")));
}

TEST_F(CredentialHelperTest, NameIsNoPath) {
  for (const std::string name : {"", "../x", "a/b", "a b", "a;b"}) {
    EXPECT_THAT(AskCredentialHelper(Call(), name, "a.com", {}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
  }
}

TEST_F(CredentialHelperTest, EnvironmentIsSearchedByName) {
  EXPECT_EQ(EnvironmentValue({"AB=1", "A=2", "A=3"}, "A"), "2");
  EXPECT_EQ(EnvironmentValue({"A=2"}, "B"), "");
  EXPECT_EQ(EnvironmentValue({"A=b=c"}, "A"), "b=c");
}

}  // namespace
}  // namespace berth::imageservice
