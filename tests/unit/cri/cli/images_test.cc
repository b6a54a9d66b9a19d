// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/images.h"

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(NamesOf, IsOneATag) {
  v1::Image image;
  image.add_repo_tags("docker.io/library/nginx:1.27");
  image.add_repo_tags("127.0.0.1:5000/nginx:latest");
  image.add_repo_digests("docker.io/library/nginx@sha256:ab");
  const std::vector<ImageName> names = NamesOf(image);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0].repository, "nginx");
  EXPECT_EQ(names[0].tag, "1.27");
  EXPECT_EQ(names[0].digest, "sha256:ab");
  EXPECT_EQ(names[1].repository, "127.0.0.1:5000/nginx");
  EXPECT_EQ(names[1].tag, "latest");
  EXPECT_EQ(names[1].digest, "");
}

TEST(NamesOf, NamesAnImageWithoutTagsByItsDigest) {
  v1::Image image;
  EXPECT_EQ(NamesOf(image).front().repository, "<none>");
  image.add_repo_digests("quay.io/a/b@sha256:cd");
  EXPECT_EQ(NamesOf(image).front().repository, "quay.io/a/b");
  EXPECT_EQ(NamesOf(image).front().tag, "<none>");
}

TEST(NoSuchImage, TellsNoneFromSeveral) {
  v1::ListImagesResponse all;
  EXPECT_TRUE(absl::IsNotFound(NoSuchImage("ab", all)));
  all.add_images()->set_id("sha256:ab1");
  all.add_images()->set_id("sha256:ab2");
  all.mutable_images(1)->add_repo_tags("docker.io/library/nginx:1");
  EXPECT_EQ(NoSuchImage("nginx:2", all).message(), "No such image: nginx:2");
  for (const char* name : {"ab", "sha256:ab"}) {
    const absl::Status status = NoSuchImage(name, all);
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(),
                                  "means several images: <none>:<none> (ab1), nginx:1 (ab2)"))
        << status;
  }
}

TEST(AgeText, IsNotKnownForImagesWithoutATime) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const auto text = [&](const char* created) {
    return AgeText(ImageView{.image = {}, .created = created}.created_at(), now);
  };
  EXPECT_EQ(text("2023-11-14T22:00:00Z"), "13 minutes ago");
  EXPECT_EQ(text("1970-01-01T00:00:00Z"), "N/A");
  EXPECT_EQ(text(""), "N/A");
}

TEST(KeepNamed, IsOfARepositoryOrOfATag) {
  v1::ListImagesResponse all;
  v1::Image& one = *all.add_images();
  one.add_repo_tags("docker.io/library/a:1");
  one.add_repo_tags("docker.io/library/b:1");
  v1::Image& two = *all.add_images();
  two.add_repo_tags("docker.io/library/a:2");
  two.add_repo_tags("localhost:5000/a:2");
  all.add_images()->add_repo_digests("docker.io/library/a@sha256:0");
  const auto named = [&](const std::string& name) {
    v1::ListImagesResponse list = all;
    KeepNamed(name, list);
    std::vector<std::string> names;
    for (const v1::Image& image : list.images()) {
      names.insert(names.end(), image.repo_tags().begin(), image.repo_tags().end());
    }
    return names;
  };
  EXPECT_THAT(named("a"), testing::ElementsAre("docker.io/library/a:1", "docker.io/library/a:2"));
  EXPECT_THAT(named("a:2"), testing::ElementsAre("docker.io/library/a:2"));
  EXPECT_THAT(named("localhost:5000/a"), testing::ElementsAre("localhost:5000/a:2"));
  EXPECT_THAT(named("a:3"), testing::IsEmpty());
  EXPECT_THAT(named("?"), testing::IsEmpty());
}

TEST(KeepChosen, LeavesImagesAndNamesThatTheDaemonChose) {
  v1::ListImagesResponse list;
  for (const char* id : {"sha256:1", "sha256:2"}) {
    v1::Image& image = *list.add_images();
    image.set_id(id);
    image.add_repo_tags("docker.io/library/a:1");
    image.add_repo_tags("docker.io/library/a:2");
  }
  const berth::Json chosen =
      berth::Json::parse(R"([{"Id":"sha256:2","RepoTags":["a:2"]}])", nullptr, false);
  v1::ListImagesResponse by_id = list;
  KeepChosen(chosen, false, by_id);
  ASSERT_EQ(by_id.images_size(), 1);
  EXPECT_EQ(by_id.images(0).repo_tags_size(), 2);
  KeepChosen(chosen, true, list);
  ASSERT_EQ(list.images_size(), 1);
  EXPECT_THAT(list.images(0).repo_tags(), testing::ElementsAre("docker.io/library/a:2"));
}

}  // namespace
}  // namespace berth::cli
