// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/remote_fetch.h"

#include <filesystem>

#include "gmock/gmock.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/status.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

test::FakeAnswer Answer(const test::FakeRequest& request) {
  if (request.target == "/moved") {
    return {.status = 302, .headers = {{"Location", "/f.txt"}}};
  }
  if (request.target == "/out") {
    return {.status = 302, .headers = {{"Location", "file:///etc/passwd"}}};
  }
  if (request.target != "/f.txt") {
    return {.status = 404};
  }
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT"}, {"ETag", "\"1\""}};
  if (request.header("If-None-Match") == "\"1\"") {
    return {.status = 304, .headers = headers};
  }
  return {.headers = headers, .body = "text"};
}

class RemoteFetchTest : public ::testing::Test {
 protected:
  absl::StatusOr<RemoteTree> Fetch(const std::string& path, const std::string& checksum = "",
                                   const UrlNote* known = nullptr) {
    const std::string directory = space_.Join("d" + std::to_string(++count_));
    std::filesystem::create_directory(directory);
    last_ = directory;
    ASSIGN_OR_RETURN(const RemoteSource source, ParseRemoteSource(server_.Url(path)));
    return FetchRemote(Call(), http_, source, checksum, directory, false, known);
  }

  test::TempDir space_;
  test::FakeRegistry server_{Answer};
  HttpClient http_{ProxySettings()};
  std::string last_;
  int count_ = 0;
};

TEST_F(RemoteFetchTest, AFileComesWithItsTimeAndDigest) {
  const std::string digest = Digest::OfBytes("text").str();
  const absl::StatusOr<RemoteTree> tree = Fetch("/f.txt", digest);
  ASSERT_THAT(tree, IsOk());
  EXPECT_EQ(tree->path, "f.txt");
  EXPECT_EQ(tree->digest, digest);
  EXPECT_EQ(tree->made_at.tv_sec, 1000000000);
  EXPECT_THAT(ReadFile(last_ + "/f.txt", 100), IsOkAndHolds("text"));
}

TEST_F(RemoteFetchTest, WhatIsKnownIsNotFetchedAgain) {
  const absl::StatusOr<RemoteTree> first = Fetch("/f.txt");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->etag, "\"1\"");
  EXPECT_FALSE(first->is_unchanged);
  const UrlNote known{first->etag, "sha256:known"};
  const absl::StatusOr<RemoteTree> again = Fetch("/f.txt", "", &known);
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->is_unchanged);
  EXPECT_EQ(again->digest, "sha256:known");
  EXPECT_EQ(again->path, "f.txt");
  EXPECT_THAT(Fetch("/f.txt", "sha256:other", &known),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("digest mismatch")));
  const UrlNote old{"\"0\"", "sha256:known"};
  const absl::StatusOr<RemoteTree> changed = Fetch("/f.txt", "", &old);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->digest, Digest::OfBytes("text").str());
}

TEST_F(RemoteFetchTest, RedirectsStayOnTheWeb) {
  const absl::StatusOr<RemoteTree> moved = Fetch("/moved");
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->path, "moved");
  EXPECT_THAT(Fetch("/out"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("redirect")));
}

TEST_F(RemoteFetchTest, SaysWhatIsWrong) {
  EXPECT_THAT(Fetch("/none"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("/none")));
  EXPECT_THAT(Fetch("/f.txt", Digest::OfBytes("other").str()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("digest mismatch")));
}

}  // namespace
}  // namespace berth::imageservice
