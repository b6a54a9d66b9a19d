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
  EventHub events;
  images.archive = "the archive";
  images.images.emplace_back();
  images.images[0].repo_tags = {"a:1"};
  FakeExchange exchange("GET", "/images/get");
  ASSERT_TRUE(SaveImages(exchange, images, events, {"a:1"}).ok());
  EXPECT_EQ(exchange.code, 200);
  EXPECT_EQ(exchange.text, "the archive");
  EXPECT_EQ(events.Take(Call(), 0)->events[0].action, "save");
}

TEST(SaveImages, NamesWhatIsNotThere) {
  test::FakeImageStore images;
  EventHub events;
  FakeExchange exchange("GET", "/images/get");
  EXPECT_EQ(SaveImages(exchange, images, events, {"none"}).message(), "No such image: none:latest");
  EXPECT_EQ(SaveImages(exchange, images, events, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(exchange.answered());
}

TEST(Archives, AreOfThePlatformThatIsNamed) {
  test::FakeImageStore images;
  EventHub events;
  images.images.emplace_back();
  images.images[0].repo_tags = {"a:1"};
  images.images[0].os = "linux";
  images.images[0].architecture = "amd64";
  const std::string other = R"(?platform={"os":"linux","architecture":"s390x"})";
  FakeExchange save("GET", "/images/get" + other);
  EXPECT_EQ(SaveImages(save, images, events, {"a:1"}).code(), absl::StatusCode::kNotFound);
  FakeExchange load("POST", "/images/load" + other, "bytes");
  EXPECT_EQ(LoadImages(load, images).code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(images.loaded, "");
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
