// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_routes.h"

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ImageRoutes : public ::testing::Test {
 protected:
  ImageRoutes() {
    AddImageRoutes(
        router, images, [this] { return uses; }, events);
    imageservice::Image image;
    image.id = "sha256:" + std::string(64, 'a');
    image.repo_tags = {"docker.io/library/web:1"};
    image.created = "2024-05-01T10:00:00Z";
    image.labels = {{"a", "b"}};
    images.images = {image};
  }

  FakeExchange Ask(const std::string& method, const std::string& target) {
    return cri::Ask(router, method, target);
  }
  size_t Listed(const std::string& filters) {
    return Ask("GET", "/images/json?filters=" + filters).json().size();
  }

  test::FakeImageStore images;
  std::vector<ImageUse> uses;
  EventHub events;
  Router router;
};

TEST_F(ImageRoutes, ListWithFilters) {
  EXPECT_EQ(Listed(""), 1u);
  EXPECT_EQ(Listed(R"({"label":["a=b"]})"), 1u);
  EXPECT_EQ(Listed(R"({"label":["a=c"]})"), 0u);
  EXPECT_EQ(Listed(R"({"reference":["w*"]})"), 1u);
  EXPECT_EQ(Listed(R"({"reference":["web:2"]})"), 0u);
  EXPECT_EQ(Listed(R"({"dangling":["true"]})"), 0u);
  EXPECT_EQ(Listed(R"({"dangling":["false"]})"), 1u);
  EXPECT_EQ(Listed(R"({"until":["2024-01-01"]})"), 0u);
  EXPECT_EQ(Listed(R"({"until":["2025-01-01"]})"), 1u);
  images.images[0].repo_tags.push_back("docker.io/library/other:1");
  EXPECT_EQ(Ask("GET", "/images/json?filters={\"reference\":[\"web\"]}").json()[0]["RepoTags"],
            Json::array({"web:1"}));
  EXPECT_EQ(Ask("GET", "/images/json?filters={\"colour\":[]}").code, 400);
  EXPECT_EQ(Ask("GET", "/images/json?filters={\"since\":[\"none\"]}").code, 404);
}

TEST_F(ImageRoutes, OldClientsNameWhatTheyList) {
  EXPECT_EQ(Ask("GET", "/v1.40/images/json?filter=web").json().size(), 1u);
  EXPECT_EQ(Ask("GET", "/v1.40/images/json?filter=other").json().size(), 0u);
  EXPECT_EQ(Ask("GET", "/v1.41/images/json?filter=other").json().size(), 1u);
}

// In which a name is given only while nobody can remove an image.
class WatchfulStore : public test::FakeImageStore {
 public:
  absl::Status Tag(absl::string_view name, absl::string_view reference) override {
    const Call now = Call::WithTimeout(absl::ZeroDuration());
    for (const imageservice::Image& image : List()) {
      EXPECT_THAT(HoldToRemove(now, image.id), test::StatusIs(absl::StatusCode::kDeadlineExceeded));
    }
    return FakeImageStore::Tag(name, reference);
  }
};

TEST(ImageTags, AreTakenFromNoImageThatIsBeingRemoved) {
  WatchfulStore images;
  images.images.resize(2);
  images.images[0].id = "sha256:" + std::string(64, 'a');
  images.images[1].id = "sha256:" + std::string(64, 'b');
  images.images[1].repo_tags = {"web:1"};
  EventHub events;
  Router router;
  AddImageRoutes(
      router, images, [] { return std::vector<ImageUse>(); }, events);
  const std::string target = "/images/" + images.images[0].id + "/tag?repo=web&tag=1";
  EXPECT_EQ(Ask(router, "POST", target).code, 201);
  EXPECT_THAT(images.images[0].repo_tags, ::testing::Contains("web:1"));
}

TEST_F(ImageRoutes, AnUnknownImageIsNamed) {
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/images/no:1/json"},
                                                        {"GET", "/images/no:1/history"},
                                                        {"POST", "/images/no:1/tag?repo=x"},
                                                        {"DELETE", "/images/no:1"}}) {
    const FakeExchange exchange = Ask(method, target);
    EXPECT_EQ(exchange.code, 404) << target;
    EXPECT_EQ(exchange.message(), "No such image: no:1");
  }
}

TEST_F(ImageRoutes, AnImageOfAnotherPlatformIsLeftAlone) {
  images.images[0].os = "linux";
  images.images[0].architecture = "amd64";
  const std::string other = R"({"os":"linux","architecture":"arm64"})";
  const std::string name = "/images/docker.io/library/web:1";
  const FakeExchange removed = Ask("DELETE", name + "?platforms=" + other);
  EXPECT_EQ(removed.code, 404);
  EXPECT_THAT(removed.message(), HasSubstr("does not provide the specified platform"));
  EXPECT_EQ(Ask("GET", name + "/json?platform=" + other).code, 404);
  EXPECT_EQ(Ask("GET", name + "/history?platform=" + other).code, 404);
  EXPECT_EQ(Listed(""), 1u);
}

TEST_F(ImageRoutes, TagAndRemove) {
  EXPECT_EQ(Ask("POST", "/images/docker.io/library/web:1/tag?repo=other&tag=2").code, 201);
  EXPECT_THAT(images.images[0].repo_tags,
              ::testing::ElementsAre("docker.io/library/web:1", "other:2"));
  EXPECT_EQ(images.tagged_by, "docker.io/library/web:1") << "which may stand for an index";
  uses.push_back({.image_id = images.images[0].id, .container = std::string(64, 'c')});
  images.images[0].repo_tags.pop_back();
  EXPECT_EQ(Ask("DELETE", "/images/docker.io/library/web:1").code, 409);
  uses.clear();
  const FakeExchange removed = Ask("DELETE", "/images/docker.io/library/web:1");
  EXPECT_EQ(removed.code, 200);
  EXPECT_EQ(removed.json()[0]["Untagged"], "web:1");
  EXPECT_THAT(removed.json()[1]["Deleted"].get<std::string>(), StartsWith("sha256:"));
  EXPECT_TRUE(images.images.empty());
}

}  // namespace
}  // namespace berth::cri
