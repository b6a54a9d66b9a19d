// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/registry_auth.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

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

}  // namespace
}  // namespace berth::cri
