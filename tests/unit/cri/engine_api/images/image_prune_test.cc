// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_prune.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

imageservice::Image MakeImage(char digit, std::vector<std::string> tags) {
  imageservice::Image image;
  image.id = "sha256:" + std::string(64, digit);
  image.repo_tags = std::move(tags);
  image.created = "2024-05-01T10:00:00Z";
  image.labels = {{"a", "b"}};
  return image;
}

class PruneTest : public ::testing::Test {
 protected:
  PruneTest() {
    images.images = {MakeImage('1', {"docker.io/library/named:1"}), MakeImage('2', {}),
                     MakeImage('3', {})};
    uses.push_back({.image_id = images.images[2].id, .container = "c"});
  }

  size_t Deleted(const std::string& filters) {
    const FakeExchange exchange("POST", "/images/prune?filters=" + filters);
    const absl::StatusOr<std::string> text = PruneImages(images, Uses(), events, exchange);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? (*ParseJson(*text, 4096))["ImagesDeleted"].size() : 99;
  }

  ListImageUses Uses() const {
    return [this] { return uses; };
  }

  test::FakeImageStore images;
  std::vector<ImageUse> uses;
  EventHub events;
};

TEST_F(PruneTest, TakesWhatHasNoNameAndNoContainer) {
  EXPECT_EQ(Deleted(""), 1u);
  ASSERT_EQ(images.images.size(), 2u);
  EXPECT_EQ(images.images[0].repo_tags.size(), 1u);
  EXPECT_EQ(Deleted(""), 0u);
}

TEST_F(PruneTest, TakesNamedOnesToo) {
  EXPECT_EQ(Deleted(R"({"dangling":["false"]})"), 3u) << "a name, and two images";
  EXPECT_EQ(images.images.size(), 1u);
}

TEST_F(PruneTest, TheFiltersSpare) {
  for (const char* filters :
       {R"({"label":["a=c"]})", R"({"label!":["a"]})", R"({"label!":["a=b"]})",
        R"({"until":["2024-05-01T10:00:00Z"]})", R"({"until":["1000"]})"}) {
    EXPECT_EQ(Deleted(filters), 0u) << filters;
  }
  const FakeExchange wrong("POST", R"(/images/prune?filters={"until":["soon"]})");
  EXPECT_EQ(PruneImages(images, Uses(), events, wrong).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Deleted(R"({"until":["24h"],"label":["a"]})"), 1u);
}

TEST_F(PruneTest, LeavesWhatIsUsedSinceAMomentAgo) {
  int asked = 0;
  const ListImageUses later = [&] {
    ++asked;
    uses.push_back({.image_id = images.images[1].id, .container = "d"});
    return uses;
  };
  ASSERT_TRUE(PruneImages(images, later, events, FakeExchange("POST", "/images/prune")).ok());
  EXPECT_EQ(images.images.size(), 3u);
  EXPECT_EQ(asked, 2) << "for each image that could go";
}

// Of which one image cannot be removed.
class StubbornStore : public test::FakeImageStore {
 public:
  absl::Status Remove(absl::string_view name) override {
    return name == stubborn ? absl::InternalError("it stays") : FakeImageStore::Remove(name);
  }
  std::string stubborn;
};

TEST_F(PruneTest, OneThatStaysKeepsNoOther) {
  StubbornStore store;
  store.images = {MakeImage('1', {}), MakeImage('2', {}), MakeImage('3', {})};
  store.stubborn = store.images[0].id;
  const FakeExchange exchange("POST", "/images/prune");
  const absl::StatusOr<std::string> text = PruneImages(
      store, [] { return std::vector<ImageUse>(); }, events, exchange);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ((*ParseJson(*text, 4096))["ImagesDeleted"].size(), 2u);
  ASSERT_EQ(store.images.size(), 1u);
  EXPECT_EQ(store.images[0].id, store.stubborn);
  const absl::StatusOr<EventHub::Batch> told = events.Take(Call(), 0);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->events.size(), 1u) << "of the prune; of each image the store tells";
}

}  // namespace
}  // namespace berth::cri
