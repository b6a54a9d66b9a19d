// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_calls.h"

#include <filesystem>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::cli {
namespace {

TEST(SplitTag, KnowsAPortFromATag) {
  using Parts = std::pair<std::string, std::string>;
  EXPECT_EQ(SplitTag("app"), Parts("app", ""));
  EXPECT_EQ(SplitTag("app:1"), Parts("app", "1"));
  EXPECT_EQ(SplitTag("registry:5000/app"), Parts("registry:5000/app", ""));
  EXPECT_EQ(SplitTag("registry:5000/app:1"), Parts("registry:5000/app", "1"));
  EXPECT_EQ(SplitTag("app@sha256:1"), Parts("app@sha256:1", ""));
}

TEST(RegistryAuthHeader, IsJsonInBase64) {
  imageservice::Credentials credentials;
  credentials.username = "me";
  credentials.password = Secret("p?>");
  std::string text;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(RegistryAuthHeader(credentials), &text));
  const absl::StatusOr<berth::Json> json = ParseJson(text, 1000);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(*json, (berth::Json{{"username", "me"}, {"password", "p?>"}}));
  ASSERT_TRUE(absl::WebSafeBase64Unescape(RegistryAuthHeader({}), &text));
  EXPECT_EQ(text, "{}");
}

TEST(SendFile, SaysWhichFileIsMissing) {
  EngineCall call;
  const absl::Status status = SendFile(call, "/no/such", "-i");
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_NE(status.message().find("/no/such"), absl::string_view::npos);
}

TEST(ReceiveFile, LeavesNothingWithoutAnAnswer) {
  const test::TempDir directory;
  const std::string path = directory.Join("a.tar");
  const EngineClient nobody(directory.Join("docker.sock"));
  EXPECT_FALSE(ReceiveFile(nobody, {.target = "/x"}, path).ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(PostCall, HasABodyWhereThereIsOne) {
  EXPECT_EQ(PostCall("/x").method, "POST");
  EXPECT_EQ(PostCall("/x").content_type, "");
  EXPECT_EQ(PostCall("/x", {{"a", 1}}).body, R"({"a":1})");
}

}  // namespace
}  // namespace berth::cli
