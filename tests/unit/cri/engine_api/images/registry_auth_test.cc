// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/registry_auth.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

TEST(ReadRegistryAuth, HasWhatTheClientKnows) {
  const auto credentials = ReadRegistryAuth(absl::WebSafeBase64Escape(
      R"({"username":"u","password":"p","serveraddress":"s","identitytoken":"i"})"));
  EXPECT_EQ(credentials.username, "u");
  EXPECT_EQ(credentials.password.Reveal(), "p");
  EXPECT_EQ(credentials.server_address, "s");
  EXPECT_EQ(credentials.identity_token.Reveal(), "i");
}

TEST(ReadRegistryAuth, IsEmptyForWhatCannotBeRead) {
  for (const char* header : {"", "!", "e30", "eA=="}) {
    EXPECT_EQ(ReadRegistryAuth(header).username, "") << header;
  }
}

TEST(AuthRoutes, TellWhatTheRegistrySays) {
  absl::Status verdict;
  std::string asked;
  Router router;
  AddAuthRoutes(router, [&](const Call&, const imageservice::Credentials& credentials) {
    asked = absl::StrCat(credentials.username, "@", credentials.server_address);
    return verdict;
  });
  const std::string body = R"({"username":"u","password":"p","serveraddress":"host:5000"})";
  const FakeExchange good = Ask(router, "POST", "/auth", body);
  EXPECT_EQ(good.code, 200);
  EXPECT_EQ(good.json()["Status"], "Login Succeeded");
  EXPECT_EQ(asked, "u@host:5000");
  verdict = absl::UnauthenticatedError("no");
  const FakeExchange bad = Ask(router, "POST", "/auth", body);
  EXPECT_EQ(bad.code, 401);
  EXPECT_EQ(bad.message(), "no");
  verdict = absl::UnavailableError("gone");
  EXPECT_EQ(Ask(router, "POST", "/auth", body).message(), "gone");
  EXPECT_EQ(Ask(router, "POST", "/auth", "[]").code, 400);
}

}  // namespace
}  // namespace berth::cri
