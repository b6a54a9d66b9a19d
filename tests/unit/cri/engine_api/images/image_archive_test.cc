// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_archive.h"

#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(SaveImages, SendsTheArchive) {
  test::FakeImageStore images;
  images.archive = "the archive";
  images.images.emplace_back();
  images.images[0].repo_tags = {"a:1"};
  FakeExchange exchange("GET", "/images/get");
  ASSERT_TRUE(SaveImages(exchange, images, {"a:1"}).ok());
  EXPECT_EQ(exchange.code, 200);
  EXPECT_EQ(exchange.text, "the archive");
}

TEST(SaveImages, NamesWhatIsNotThere) {
  test::FakeImageStore images;
  FakeExchange exchange("GET", "/images/get");
  EXPECT_EQ(SaveImages(exchange, images, {"none"}).message(), "No such image: none");
  EXPECT_EQ(SaveImages(exchange, images, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(exchange.answered());
}

TEST(LoadImages, SaysWhatItHasLoaded) {
  test::FakeImageStore images;
  FakeExchange exchange("POST", "/images/load", "bytes");
  ASSERT_TRUE(LoadImages(exchange, images).ok());
  EXPECT_EQ(images.loaded, "bytes");
  EXPECT_THAT(exchange.text, HasSubstr(R"({"stream":"Loaded image: loaded:1\n"})"));
  EXPECT_THAT(exchange.text, HasSubstr(R"({"stream":"Loaded image ID: sha256:m\n"})"));
}

TEST(LoadImages, AFailureIsLeftToWhoeverServes) {
  test::FakeImageStore images;
  images.failures["Load"] = absl::InvalidArgumentError("invalid archive");
  FakeExchange exchange("POST", "/images/load", "bytes");
  EXPECT_EQ(LoadImages(exchange, images).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(exchange.answered());
}

}  // namespace
}  // namespace berth::cri
