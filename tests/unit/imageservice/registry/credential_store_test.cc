// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/credential_store.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/file.h"
#include "imageservice/registry/docker_config.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

Credentials Somebody() {
  Credentials credentials;
  credentials.username = "u";
  credentials.password = Secret("p:q");
  return credentials;
}

TEST(WithLogin, KeepsAllElse) {
  const Json before = Json::parse(
      R"({"auths": {"a.com": {"auth": "eDp5"}, "https://b.com/v2/": {"auth": "eDp5"}}, "psFormat": "x"})");
  EXPECT_EQ(WithLogin(before, "b.com", Somebody()),
            Json::parse(R"({"auths": {"a.com": {"auth": "eDp5"}, "b.com": {"auth": "dTpwOnE="}},
                            "psFormat": "x"})"));
  EXPECT_EQ(WithoutLogin(before, "b.com"),
            Json::parse(R"({"auths": {"a.com": {"auth": "eDp5"}}, "psFormat": "x"})"));
}

TEST(WithLogin, CallsDockerHubAsDockerDoes) {
  EXPECT_TRUE(WithLogin(Json::object(), "docker.io", Somebody())["auths"].contains(
      "https://index.docker.io/v1/"));
}

TEST(ConfigToWrite, IsTheFirstThatTheEnvironmentNames) {
  EXPECT_EQ(ConfigToWrite({"HOME=/h", "DOCKER_CONFIG=/d", "REGISTRY_AUTH_FILE=/r"}).value_or(""),
            "/r");
  EXPECT_EQ(ConfigToWrite({"HOME=/h", "DOCKER_CONFIG=/d"}).value_or(""), "/d/config.json");
  EXPECT_EQ(ConfigToWrite({"HOME=/h"}).value_or(""), "/h/.docker/config.json");
  EXPECT_FALSE(ConfigToWrite({}).ok());
}

class StoreLoginTest : public testing::Test {
 protected:
  std::string Text(const std::string& name) const {
    return ReadFile(directory_.Join(name), 1 << 20).value_or("nothing");
  }

  const test::TempDir directory_;
  const Call call_ = Call::WithTimeout(absl::Seconds(20));
  const std::vector<std::string> environment_ = {
      absl::StrCat("DOCKER_CONFIG=", directory_.Join("new")),
      absl::StrCat("PATH=", directory_.path(), ":/bin:/usr/bin")};
};

TEST_F(StoreLoginTest, WritesAFileForItsOwner) {
  ASSERT_OK_AND_ASSIGN(const StoredLogin stored,
                       StoreLogin(call_, "a.com", Somebody(), environment_));
  EXPECT_EQ(stored.place, directory_.Join("new/config.json"));
  EXPECT_FALSE(stored.encrypted);
  struct stat info = {};
  ASSERT_EQ(stat(stored.place.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_OK_AND_ASSIGN(const DockerConfig config,
                       ParseDockerConfig(Text("new/config.json"), "config.json"));
  EXPECT_TRUE(config.auths.contains("a.com"));
  EXPECT_TRUE(EraseLogin(call_, "a.com", environment_).value_or(false));
  EXPECT_FALSE(EraseLogin(call_, "a.com", environment_).value_or(true));
  EXPECT_EQ(Text("new/config.json"), "{\n\t\"auths\": {}\n}\n");
}

TEST_F(StoreLoginTest, GivesThemToTheHelper) {
  const std::string helper = directory_.Write(
      "docker-credential-fake", absl::StrCat("#!/bin/sh\necho $1 >> ", directory_.path(),
                                             "/said; cat >> ", directory_.path(), "/said\n"));
  ASSERT_EQ(chmod(helper.c_str(), 0755), 0);
  ASSERT_EQ(mkdir(directory_.Join("new").c_str(), 0700), 0);
  directory_.Write("new/config.json", R"({"credsStore":"fake"})");
  ASSERT_OK_AND_ASSIGN(const StoredLogin stored,
                       StoreLogin(call_, "a.com", Somebody(), environment_));
  EXPECT_TRUE(stored.encrypted);
  EXPECT_TRUE(EraseLogin(call_, "a.com", environment_).ok());
  EXPECT_EQ(Text("said"),
            "store\n{\"Secret\":\"p:q\",\"ServerURL\":\"a.com\",\"Username\":\"u\"}"
            "erase\na.com");
  EXPECT_EQ(Text("new/config.json"), R"({"credsStore":"fake"})");
}

TEST_F(StoreLoginTest, SparesAFileThatItCannotRead) {
  ASSERT_EQ(mkdir(directory_.Join("new").c_str(), 0700), 0);
  directory_.Write("new/config.json", "{no json");
  EXPECT_FALSE(StoreLogin(call_, "a.com", Somebody(), environment_).ok());
  EXPECT_EQ(Text("new/config.json"), "{no json");
}

}  // namespace
}  // namespace berth::imageservice
