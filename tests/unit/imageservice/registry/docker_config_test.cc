// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/docker_config.h"

#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Auth(const std::string& user) {
  return absl::StrCat(R"({"auth":")", absl::Base64Escape(user + ":pw"), "\"}");
}

// Whose entry counts for an image; empty when none does.
std::string UserFor(const DockerConfig& config, const std::string& image) {
  std::optional<Credentials> found = FindAuth(config, *ImageReference::Parse(image));
  std::string decoded;
  if (found.has_value()) {
    absl::Base64Unescape(found->auth.Reveal(), &decoded);
  }
  return decoded.substr(0, decoded.find(':'));
}

TEST(DockerConfig, TheMostSpecificEntryCounts) {
  ASSERT_OK_AND_ASSIGN(
      DockerConfig config,
      ParseDockerConfig(absl::StrCat(R"({"auths":{"https://index.docker.io/v1/":)", Auth("hub"),
                                     R"(,"quay.io":)", Auth("quay"), R"(,"quay.io/team":)",
                                     Auth("team"), R"(,"http://Host:5000/v2/":)", Auth("host"),
                                     R"(,"quay.io/team/app":)", Auth("app"), "}}"),
                        "f"));
  EXPECT_EQ(UserFor(config, "nginx"), "hub");
  EXPECT_EQ(UserFor(config, "docker.io/a/b"), "hub");
  EXPECT_EQ(UserFor(config, "quay.io/x"), "quay");
  EXPECT_EQ(UserFor(config, "quay.io/team/x"), "team");
  EXPECT_EQ(UserFor(config, "quay.io/team/app"), "app");
  EXPECT_EQ(UserFor(config, "quay.io/team/application"), "team");
  EXPECT_EQ(UserFor(config, "quay.io/teams/x"), "quay");
  EXPECT_EQ(UserFor(config, "host:5000/x"), "host");
  EXPECT_EQ(UserFor(config, "host:5001/x"), "");
  EXPECT_EQ(UserFor(config, "ghcr.io/x"), "");
}

TEST(DockerConfig, EntriesOfEveryKind) {
  ASSERT_OK_AND_ASSIGN(DockerConfig config, ParseDockerConfig(R"({"auths":{
      "a.com":{"username":"u","password":"p"},
      "b.com":{"auth":"","identitytoken":"i"},
      "c.com":{"registrytoken":"r"},
      "d.com":{},
      "e.com":7}})",
                                                              "f"));
  EXPECT_EQ(config.auths.size(), 3u);
  EXPECT_EQ(config.auths["a.com"].password.Reveal(), "p");
  EXPECT_EQ(config.auths["b.com"].identity_token.Reveal(), "i");
  EXPECT_EQ(config.auths["c.com"].registry_token.Reveal(), "r");
  EXPECT_EQ(FindAuth(config, *ImageReference::Parse("a.com/x"))->server_address, "a.com");
}

TEST(DockerConfig, HelpersAreForTheirRegistry) {
  ASSERT_OK_AND_ASSIGN(
      DockerConfig config,
      ParseDockerConfig(
          R"({"credsStore":"all","credHelpers":{"gcr.io":"gcloud","https://index.docker.io/v1/":"hub"}})",
          "f"));
  EXPECT_EQ(HelperFor(config, "gcr.io"), "gcloud");
  EXPECT_EQ(HelperFor(config, "docker.io"), "hub");
  EXPECT_EQ(HelperFor(config, "quay.io"), "all");
  EXPECT_EQ(HelperFor(DockerConfig(), "quay.io"), "");
}

TEST(DockerConfig, MalformedFilesAreNamed) {
  EXPECT_THAT(ParseDockerConfig("{", "dir/f"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dir/f: ")));
  EXPECT_THAT(ParseDockerConfig(R"({"auths":{"a.com":{"auth":"!"}}})", "dir/f"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dir/f: a.com: ")));
}

TEST(DockerConfig, FilesAreSoughtInOrder) {
  EXPECT_THAT(CredentialFiles({"HOME=/h", "REGISTRY_AUTH_FILE=/r"}), ElementsAre("/r"));
  EXPECT_THAT(
      CredentialFiles({"HOME=/h", "XDG_RUNTIME_DIR=/x", "DOCKER_CONFIG=/d"}),
      ElementsAre("/d/config.json", "/x/containers/auth.json", "/run/containers/0/auth.json",
                  "/h/.config/containers/auth.json", "/h/.docker/config.json"));
}

TEST(DockerConfig, TheFirstFileWithAnEntryCounts) {
  TempDir dir;
  const std::vector<std::string> environment = {absl::StrCat("HOME=", dir.path()),
                                                absl::StrCat("XDG_RUNTIME_DIR=", dir.path())};
  ASSERT_OK_AND_ASSIGN(ImageReference image, ImageReference::Parse("a.com/x"));
  ASSERT_OK_AND_ASSIGN(Credentials none, FindCredentials(Call(), image, environment));
  EXPECT_TRUE(none.auth.empty());
  dir.Write(".docker/config.json", absl::StrCat(R"({"auths":{"a.com":)", Auth("docker"), "}}"));
  dir.Write("containers/auth.json", absl::StrCat(R"({"auths":{"b.com":)", Auth("podman"), "}}"));
  ASSERT_OK_AND_ASSIGN(Credentials found, FindCredentials(Call(), image, environment));
  EXPECT_EQ(found.auth.Reveal(), absl::Base64Escape("docker:pw"));
}

// A helper `fake`, whose user is its verb and whose secret is the registry.
void WriteHelper(TempDir& dir) {
  const std::string helper =
      dir.Write("docker-credential-fake",
                "#!/bin/sh\nread -r registry\necho "
                "\"{\\\"Username\\\":\\\"$1\\\",\\\"Secret\\\":\\\"$registry\\\"}\"\n");
  ASSERT_EQ(chmod(helper.c_str(), 0755), 0);
}

TEST(DockerConfig, AllOfAllFilesAreListed) {
  TempDir dir;
  WriteHelper(dir);
  dir.Write("config.json",
            absl::StrCat(R"({"auths":{"a.com":)", Auth("docker"), R"(,"b.com/team":)", Auth("team"),
                         R"(},"credHelpers":{"c.com":"fake","d.com":"absent"}})"));
  dir.Write("containers/auth.json", absl::StrCat(R"({"auths":{"a.com":)", Auth("podman"),
                                                 R"(,"e.com":)", Auth("podman"), "}}"));
  const KnownCredentials known =
      ListCredentials(Call(), {absl::StrCat("PATH=", dir.path(), ":/bin:/usr/bin"),
                               absl::StrCat("DOCKER_CONFIG=", dir.path()),
                               absl::StrCat("XDG_RUNTIME_DIR=", dir.path())});
  const std::map<std::string, Credentials>& all = known.by_registry;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all.at("a.com").auth.Reveal(), absl::Base64Escape("docker:pw"));
  EXPECT_EQ(all.at("b.com/team").auth.Reveal(), absl::Base64Escape("team:pw"));
  EXPECT_EQ(all.at("c.com").password.Reveal(), "c.com");
  EXPECT_EQ(all.at("e.com").auth.Reveal(), absl::Base64Escape("podman:pw"));
  EXPECT_THAT(known.failures, ElementsAre("the credentials of d.com: docker-credential-absent is "
                                          "not in PATH"));
}

TEST(DockerConfig, WhatIsBrokenIsPassedOverByAListAndTold) {
  TempDir dir;
  const std::vector<std::string> environment = {absl::StrCat("DOCKER_CONFIG=", dir.path()),
                                                absl::StrCat("XDG_RUNTIME_DIR=", dir.path())};
  dir.Write("config.json", "{");
  dir.Write("containers/auth.json", absl::StrCat(R"({"auths":{"a.com":)", Auth("podman"), "}}"));
  const KnownCredentials known = ListCredentials(Call(), environment);
  EXPECT_EQ(known.by_registry.count("a.com"), 1U);
  EXPECT_THAT(known.failures, ElementsAre(HasSubstr("config.json: ")));
  ASSERT_OK_AND_ASSIGN(ImageReference image, ImageReference::Parse("a.com/x"));
  EXPECT_THAT(FindCredentials(Call(), image, environment),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("config.json: ")));
}

// As /dev/null is the home of those who have none.
TEST(DockerConfig, BelowAFileThereIsNone) {
  TempDir dir;
  const std::vector<std::string> environment = {absl::StrCat("HOME=", dir.Write("home", ""))};
  ASSERT_OK_AND_ASSIGN(ImageReference image, ImageReference::Parse("berth.invalid/x"));
  ASSERT_OK_AND_ASSIGN(Credentials none, FindCredentials(Call(), image, environment));
  EXPECT_TRUE(none.auth.empty());
  EXPECT_THAT(ListCredentials(Call(), environment).failures, ElementsAre());
}

TEST(DockerConfig, HelpersThatAreLateAreToldTogether) {
  TempDir dir;
  WriteHelper(dir);
  dir.Write("config.json", absl::StrCat(R"({"auths":{"c.com":)", Auth("own"),
                                        R"(},"credHelpers":{"a.com":"fake","b.com":"fake"}})"));
  const KnownCredentials known = ListCredentials(
      Call(absl::InfinitePast()), {absl::StrCat("PATH=", dir.path(), ":/bin:/usr/bin"),
                                   absl::StrCat("DOCKER_CONFIG=", dir.path())});
  EXPECT_EQ(known.by_registry.count("c.com"), 1U);
  EXPECT_THAT(known.failures, ElementsAre("the credentials of a.com, b.com: "
                                          "docker-credential-fake: no answer in time"));
}

TEST(DockerConfig, AsksTheHelperOfTheFile) {
  TempDir dir;
  WriteHelper(dir);
  std::string file = dir.Write("auth.json", R"({"credsStore":"fake"})");
  ASSERT_OK_AND_ASSIGN(ImageReference image, ImageReference::Parse("nginx"));
  ASSERT_OK_AND_ASSIGN(Credentials found,
                       FindCredentials(Call(), image,
                                       {absl::StrCat("PATH=", dir.path(), ":/bin:/usr/bin"),
                                        absl::StrCat("REGISTRY_AUTH_FILE=", file)}));
  EXPECT_EQ(found.username, "get");
  EXPECT_EQ(found.password.Reveal(), "https://index.docker.io/v1/");
  EXPECT_EQ(found.server_address, "docker.io");
}

}  // namespace
}  // namespace berth::imageservice
