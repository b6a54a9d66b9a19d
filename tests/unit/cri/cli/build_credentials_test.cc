// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_credentials.h"

#include <stdlib.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "cri/engine_head.h"
#include "tests/support/temp_dir.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Known = std::map<std::string, imageservice::Credentials>;

imageservice::Credentials OfUser(const std::string& name, size_t length) {
  imageservice::Credentials credentials;
  credentials.username = name;
  credentials.password = Secret(std::string(length, 'p'));
  return credentials;
}

berth::Json JsonOf(const std::string& header) {
  std::string text;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(header, &text));
  return ParseJson(text, cri::kMaxEngineHead).value_or(berth::Json());
}

TEST(RegistryConfig, HasEachCredentialOnce) {
  imageservice::Credentials both = OfUser("me", 1);
  both.auth = Secret(absl::Base64Escape("me:p"));
  imageservice::Credentials encoded;
  encoded.auth = Secret(absl::Base64Escape("us:q"));
  const RegistryConfig config =
      FormatRegistryConfig({{"a.com", both}, {"b.com/team", encoded}}, "", 1000);
  const berth::Json expected = {{"a.com", {{"username", "me"}, {"password", "p"}}},
                                {"b.com/team", {{"auth", absl::Base64Escape("us:q")}}}};
  EXPECT_EQ(JsonOf(config.header), expected);
  EXPECT_THAT(config.left_out, IsEmpty());
  EXPECT_EQ(FormatRegistryConfig({}, "", 1000).header, "");
}

TEST(RegistryConfig, HasWhatThereIsRoomFor) {
  const Known known = {
      {"a.com", OfUser("a", 10)}, {"b.com", OfUser("b", 5000)}, {"c.com", OfUser("c", 10)}};
  const RegistryConfig config = FormatRegistryConfig(known, "", 4000);
  EXPECT_EQ(JsonOf(config.header).size(), 2U);
  EXPECT_THAT(config.left_out, ElementsAre("b.com"));
  EXPECT_EQ(FormatRegistryConfig(known, "", 0).header, "");
  EXPECT_THAT(FormatRegistryConfig(known, "", 0).left_out, ElementsAre("a.com", "b.com", "c.com"));
}

TEST(RegistryConfig, HasFirstWhatTheDockerfileNames) {
  const Known known = {{"a.com", OfUser("a", 100)},
                       {"docker.io", OfUser("b", 100)},
                       {"reg:5000/other", OfUser("c", 100)},
                       {"reg:5000/team", OfUser("d", 100)},
                       {"z.com", OfUser("e", 100)}};
  const auto left_out = [&](absl::string_view text, size_t room) {
    return FormatRegistryConfig(known, text, room).left_out;
  };
  constexpr char kText[] = "ARG TAG\nFROM reg:5000/team/app:$TAG\nCOPY --from=z.com/a / /\n";
  EXPECT_THAT(left_out(kText, 1 << 20), IsEmpty());
  EXPECT_THAT(left_out(kText, 800), ElementsAre("a.com"));
  EXPECT_THAT(left_out(kText, 600), ElementsAre("reg:5000/other", "a.com"));
  EXPECT_THAT(left_out("", 200), ElementsAre("a.com", "reg:5000/other", "reg:5000/team", "z.com"));
}

TEST(RegistryConfig, IsNeverLongerThanItsRoom) {
  Known known;
  for (int i = 0; i < 10; ++i) {
    known.emplace(absl::StrCat("registry", i, ".\"com"), OfUser("u", 100));
  }
  const size_t whole = FormatRegistryConfig(known, "", 1 << 20).header.size();
  for (size_t room = 0; room <= whole; ++room) {
    EXPECT_LE(FormatRegistryConfig(known, "", room).header.size(), room);
  }
  EXPECT_THAT(FormatRegistryConfig(known, "", whole + 4).left_out, IsEmpty());
}

TEST(RoomInHead, IsWhatTheOthersLeave) {
  EngineCall call = {.method = "POST", .target = "/build"};
  const size_t empty = RoomInHead(call);
  EXPECT_LT(empty, cri::kMaxEngineHead);
  EXPECT_GT(empty, cri::kMaxEngineHead - 2048);
  call.headers.emplace_back("X-Berth-Build", std::string(40000, 'x'));
  EXPECT_EQ(RoomInHead(call), empty - 40017);
  call.target += std::string(40000, 'y');
  EXPECT_EQ(RoomInHead(call), 0U);
}

TEST(AddCredentials, TellsWhatIsMissingAndGoesOn) {
  const test::TempDir directory;
  setenv("REGISTRY_AUTH_FILE", directory.Write("auth.json", "{").c_str(), 1);
  EngineCall call;
  testing::internal::CaptureStderr();
  AddCredentials(call, "");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("passed over: "));
  EXPECT_THAT(call.headers, IsEmpty());
  directory.Write("auth.json", R"({"auths":{"a.com":{"username":"me","password":"p"}}})");
  AddCredentials(call, "");
  ASSERT_EQ(call.headers.size(), 1U);
  EXPECT_EQ(call.headers[0].first, "X-Registry-Config");
  EXPECT_EQ(JsonOf(call.headers[0].second)["a.com"]["username"], "me");
  unsetenv("REGISTRY_AUTH_FILE");
}

}  // namespace
}  // namespace berth::cli
