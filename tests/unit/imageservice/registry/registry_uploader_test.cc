// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_uploader.h"

#include <fcntl.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/imageservice/registry/registry_client_fixture.h"

namespace berth::imageservice {
namespace {

using test::Counting;
using test::FakeAnswer;
using test::FakeRegistry;
using test::FakeRequest;
using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kContent(100000, 'x');

class RegistryUploaderTest : public ::testing::Test {
 protected:
  RegistryUploaderTest() {
    space_.Write("blob", kContent);
    file_ = *sys::OpenAt(AT_FDCWD, space_.Join("blob").c_str(), O_RDONLY);
  }

  absl::StatusOr<BlobOutcome> Put(const FakeRegistry& registry, const std::string& from = "") {
    const ImageReference reference = *ImageReference::Parse(registry.address() + "/a/b:t");
    ASSIGN_OR_RETURN(const std::unique_ptr<RegistryUploader> uploader,
                     NewRegistryUploader(test::Fast(), reference, {}));
    return uploader->PutBlob(Call(), {.digest = digest_,
                                      .size = kContent.size(),
                                      .file = file_.get(),
                                      .mount_from = from,
                                      .sent = [this](uint64_t bytes) { sent_ = bytes; }});
  }

  const Digest digest_ = Digest::OfBytes(kContent);
  uint64_t sent_ = 0;

 private:
  test::TempDir space_;
  sys::Fd file_;
};

FakeAnswer Session(const std::string& name, int status = 202) {
  return {.status = status, .headers = {{"Location", "/v2/a/b/blobs/uploads/" + name}}};
}

TEST_F(RegistryUploaderTest, ABlobThatIsThereIsNotSent) {
  FakeRegistry registry(Counting([](const FakeRequest&, int) { return FakeAnswer{}; }));
  EXPECT_THAT(Put(registry), IsOkAndHolds(BlobOutcome::kExisted));
  EXPECT_EQ(registry.requests().back().method, "HEAD");
}

TEST_F(RegistryUploaderTest, IsSentWhole) {
  FakeRegistry registry(Counting([](const FakeRequest& request, int) -> FakeAnswer {
    if (request.method == "HEAD") {
      return {.status = 404};
    }
    return request.method == "POST" ? Session("u?state=1") : FakeAnswer{.status = 201};
  }));
  EXPECT_THAT(Put(registry), IsOkAndHolds(BlobOutcome::kSent));
  const FakeRequest put = registry.requests().back();
  EXPECT_EQ(put.method, "PUT");
  EXPECT_EQ(put.target, "/v2/a/b/blobs/uploads/u?state=1&digest=" + digest_.str());
  EXPECT_TRUE(put.body == kContent);
  EXPECT_EQ(sent_, kContent.size());
}

TEST_F(RegistryUploaderTest, IsMountedWhereItIs) {
  FakeRegistry registry(Counting([](const FakeRequest& request, int) -> FakeAnswer {
    return {.status = request.method == "HEAD" ? 404 : 201};
  }));
  EXPECT_THAT(Put(registry, "other/c"), IsOkAndHolds(BlobOutcome::kMounted));
  EXPECT_EQ(registry.requests().back().target,
            absl::StrCat("/v2/a/b/blobs/uploads/?mount=", digest_.str(), "&from=other/c"));
}

TEST_F(RegistryUploaderTest, GoesOnWhereItBroke) {
  FakeRegistry registry(Counting([](const FakeRequest& request, int) -> FakeAnswer {
    if (request.method == "HEAD") {
      return {.status = 404};
    }
    if (request.method == "POST") {
      return Session("one");
    }
    if (request.method == "GET") {
      FakeAnswer answer = Session("two", 204);
      answer.headers.emplace_back("Range", "0-39999");
      return answer;
    }
    if (request.method == "PATCH") {
      return Session("three");
    }
    return {.status = absl::StrContains(request.target, "/one") ? 503 : 201};
  }));
  EXPECT_THAT(Put(registry), IsOkAndHolds(BlobOutcome::kSent));
  const std::vector<FakeRequest> requests = registry.requests();
  const FakeRequest& patch = requests[requests.size() - 2];
  EXPECT_EQ(patch.method, "PATCH");
  EXPECT_EQ(patch.target, "/v2/a/b/blobs/uploads/two");
  EXPECT_EQ(patch.header("Content-Range"), "40000-99999");
  EXPECT_EQ(patch.body.size(), 60000u);
  EXPECT_THAT(requests.back().target, HasSubstr("/three?digest="));
  EXPECT_EQ(requests.back().body, "");
}

TEST_F(RegistryUploaderTest, ALostUploadBeginsAnew) {
  FakeRegistry registry(Counting([](const FakeRequest& request, int count) -> FakeAnswer {
    if (request.method == "HEAD" || request.method == "GET") {
      return {.status = 404};
    }
    if (request.method == "POST") {
      return Session(absl::StrCat("n", count));
    }
    return {.status = count < 5 ? 502 : 201};
  }));
  EXPECT_THAT(Put(registry), IsOkAndHolds(BlobOutcome::kSent));
  EXPECT_TRUE(registry.requests().back().body == kContent);
}

TEST_F(RegistryUploaderTest, WhatIsTooLargeGoesInChunks) {
  FakeRegistry registry(Counting([](const FakeRequest& request, int) -> FakeAnswer {
    if (request.method == "HEAD") {
      return {.status = 404};
    }
    if (request.method != "PUT") {
      return Session("u");
    }
    return {.status = request.body.empty() ? 201 : 413};
  }));
  EXPECT_THAT(Put(registry), IsOkAndHolds(BlobOutcome::kSent));
  const std::vector<FakeRequest> requests = registry.requests();
  EXPECT_EQ(requests[requests.size() - 2].header("Content-Range"), "0-99999");
}

TEST_F(RegistryUploaderTest, ARefusalIsTold) {
  FakeRegistry registry(Counting([](const FakeRequest& request, int) -> FakeAnswer {
    return {.status = request.method == "HEAD" ? 404 : 403};
  }));
  EXPECT_THAT(Put(registry), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(RegistryUploader, PutsAManifestAsItIs) {
  FakeRegistry registry(
      Counting([](const FakeRequest&, int) { return FakeAnswer{.status = 201}; }));
  const ImageReference reference = *ImageReference::Parse(registry.address() + "/a/b:t");
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RegistryUploader> uploader,
                       NewRegistryUploader(test::Fast(), reference, {}));
  ASSERT_THAT(uploader->PutManifest(Call(), "t", "type/x", "{ }"), IsOk());
  const FakeRequest put = registry.requests().back();
  EXPECT_EQ(put.method, "PUT");
  EXPECT_EQ(put.target, "/v2/a/b/manifests/t");
  EXPECT_EQ(put.header("Content-Type"), "type/x");
  EXPECT_EQ(put.body, "{ }");
}

}  // namespace
}  // namespace berth::imageservice
