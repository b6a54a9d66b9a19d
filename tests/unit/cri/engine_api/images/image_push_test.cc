// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_push.h"

#include "gmock/gmock.h"

#include "cri/engine_api/images/image_routes.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class PushTest : public ::testing::Test {
 protected:
  PushTest() {
    AddImageRoutes(
        router, images, [] { return std::vector<ImageUse>(); }, events);
    imageservice::Image image;
    image.id = "sha256:" + std::string(64, 'a');
    image.repo_tags = {"host.example/web:1", "host.example/web:2"};
    images.images = {image};
  }

  test::FakeImageStore images;
  EventHub events;
  Router router;
};

TEST_F(PushTest, OneTagOrAll) {
  FakeExchange one = Ask(router, "POST", "/images/host.example/web/push?tag=2");
  EXPECT_EQ(one.code, 200);
  EXPECT_THAT(one.text, HasSubstr("The push refers to repository [host.example/web]"));
  EXPECT_THAT(one.text, HasSubstr("2: digest: sha256:d size: 7"));
  EXPECT_THAT(one.text, HasSubstr(R"("aux":{"Digest":"sha256:d","Size":7,"Tag":"2"})"));
  ASSERT_THAT(images.pushes, SizeIs(1));
  EXPECT_EQ(images.pushes[0].reference, "host.example/web:2");
  Ask(router, "POST", "/images/host.example/web/push");
  EXPECT_THAT(images.pushes, SizeIs(3));
}

TEST_F(PushTest, WhatIsNotHereIsNotPushed) {
  const auto refused = [this](const std::string& target) {
    const FakeExchange exchange = Ask(router, "POST", "/images/" + target);
    EXPECT_EQ(exchange.code, 404);
    return exchange.message();
  };
  EXPECT_EQ(refused("host.example/web/push?tag=3"), "tag does not exist: host.example/web:3");
  const std::string none = "An image does not exist locally with the tag: none";
  EXPECT_EQ(refused("none/push"), none);
  EXPECT_EQ(refused("none/push?tag=1"), none);
  EXPECT_EQ(Ask(router, "POST", "/images/UPPER/push").code, 400);
  EXPECT_TRUE(images.pushes.empty());
}

TEST_F(PushTest, AnotherPlatformIsNotPushed) {
  const std::string other = R"(&platform={"os":"linux","architecture":"s390x"})";
  EXPECT_EQ(Ask(router, "POST", "/images/host.example/web/push?tag=2" + other).code, 404);
  EXPECT_TRUE(images.pushes.empty());
}

TEST(PushReport, SaysWhatBecomesOfALayer) {
  using Stage = imageservice::PushProgress::Stage;
  std::string said;
  PushReport report([&said](absl::string_view line) { said.append(line.data(), line.size()); });
  const std::string layer = "sha256:" + std::string(64, 'b');
  report.Tell({layer, Stage::kSending, 1, 10, ""});
  report.Tell({layer, Stage::kSending, 2, 10, ""});  // too soon after
  EXPECT_THAT(said, HasSubstr(R"("current":1)"));
  EXPECT_THAT(said, Not(HasSubstr(R"("current":2)")));
  report.Tell({layer, Stage::kMounted, 10, 10, "a/b"});
  EXPECT_THAT(said, HasSubstr("Mounted from a/b"));
  report.Tell({layer, Stage::kExisted, 10, 10, ""});
  EXPECT_THAT(said, HasSubstr("Layer already exists"));
}

}  // namespace
}  // namespace berth::cri
