// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_pull.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ImagePull : public ::testing::Test {
 protected:
  absl::Status Pull(FakeExchange& exchange) { return PullImages(exchange, images_); }
  absl::Status Pull(const std::string& query) {
    FakeExchange exchange("POST", "/images/create?" + query);
    const absl::Status pulled = Pull(exchange);
    EXPECT_FALSE(exchange.answered());
    return pulled;
  }
  void Offer(const std::string& name) {
    imageservice::Image image;
    image.id = "sha256:" + std::string(64, 'b');
    image.repo_digests = {"docker.io/library/new@sha256:d"};
    images_.registry[name] = image;
  }

  test::FakeImageStore images_;
};

TEST_F(ImagePull, EndsWithWhatItDid) {
  Offer("new:1");
  FakeExchange pull("POST", "/images/create?fromImage=new&tag=1");
  pull.SetHeader("x-registry-auth", "eyJ1c2VybmFtZSI6InUifQ==");
  ASSERT_THAT(Pull(pull), IsOk());
  EXPECT_THAT(pull.text, HasSubstr("{\"id\":\"1\",\"status\":\"Pulling from library/new\"}"));
  EXPECT_THAT(pull.text, HasSubstr("Digest: sha256:d"));
  EXPECT_THAT(pull.text, HasSubstr("Status: Downloaded newer image for new:1"));
  EXPECT_EQ(images_.pulls[0].credentials.username, "u");
}

TEST_F(ImagePull, OneThatFailsAtOnceHasACode) {
  EXPECT_THAT(Pull("fromImage=none&tag=1"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Pull("fromImage=UPPER&tag=1"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ImagePull, WithoutATagIsAboutAllThereAre) {
  Offer("docker.io/library/new:1");
  Offer("docker.io/library/new:2");
  images_.tags = {"1", "2"};
  FakeExchange pull("POST", "/images/create?fromImage=new");
  ASSERT_THAT(Pull(pull), IsOk());
  EXPECT_THAT(pull.text, HasSubstr("{\"id\":\"1\",\"status\":\"Pulling from library/new\"}"));
  EXPECT_THAT(pull.text, HasSubstr("{\"id\":\"2\",\"status\":\"Pulling from library/new\"}"));
  EXPECT_THAT(pull.text, HasSubstr("image for new:2"));
  EXPECT_THAT(images_.pulls, SizeIs(2));
}

TEST_F(ImagePull, OfAllTagsEndsWithTheFirstThatFails) {
  Offer("docker.io/library/new:1");
  images_.tags = {"1", "gone", "3"};
  FakeExchange pull("POST", "/images/create?fromImage=new");
  EXPECT_THAT(Pull(pull), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(images_.pulls, SizeIs(2));
  images_.tags = {};
  EXPECT_THAT(Pull("fromImage=new"), StatusIs(absl::StatusCode::kNotFound));
  images_.failures["ListTags"] = absl::UnauthenticatedError("who are you");
  EXPECT_THAT(Pull("fromImage=new"), StatusIs(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace berth::cri
