// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_removal.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

imageservice::Image MakeImage(std::vector<std::string> tags,
                              std::vector<std::string> digests = {}) {
  imageservice::Image image;
  image.id = "sha256:" + std::string(64, 'a');
  image.repo_tags = std::move(tags);
  image.repo_digests = std::move(digests);
  return image;
}

const std::string kDigest = "@sha256:" + std::string(64, 'd');

TEST(PlanRemoval, ANameOfSeveralGoesAlone) {
  const auto image = MakeImage({"docker.io/library/a:1", "docker.io/library/a:2"},
                               {"docker.io/library/a" + kDigest});
  const auto removal = PlanRemoval(image, "a:1", false, {"running", ""});
  ASSERT_TRUE(removal.ok()) << removal.status();
  EXPECT_THAT(removal->names, ElementsAre("docker.io/library/a:1"));
  EXPECT_FALSE(removal->removes_image);
}

TEST(PlanRemoval, TheLastTagOfARepositoryTakesItsDigestAlong) {
  const auto image = MakeImage({"docker.io/library/a:1", "example.com/b:1"},
                               {"docker.io/library/a" + kDigest, "example.com/b" + kDigest});
  const auto removal = PlanRemoval(image, "a:1", false, {});
  ASSERT_TRUE(removal.ok()) << removal.status();
  EXPECT_THAT(removal->names,
              ElementsAre("docker.io/library/a:1", "docker.io/library/a" + kDigest));
  EXPECT_FALSE(removal->removes_image);
}

TEST(PlanRemoval, TheLastNameTakesTheImage) {
  const auto image = MakeImage({"docker.io/library/a:1"}, {"docker.io/library/a" + kDigest});
  for (const std::string& name : {std::string("a:1"), image.id, std::string("aaaa")}) {
    const auto removal = PlanRemoval(image, name, false, {});
    ASSERT_TRUE(removal.ok()) << removal.status();
    EXPECT_THAT(removal->names, SizeIs(2)) << name;
    EXPECT_TRUE(removal->removes_image) << name;
  }
  const auto digest = PlanRemoval(image, "a" + kDigest, false, {});
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_THAT(digest->names, SizeIs(1));
  EXPECT_FALSE(digest->removes_image) << "its tag is left";
}

TEST(PlanRemoval, ByIdSeveralNamesNeedForce) {
  const auto two = MakeImage({"docker.io/library/a:1", "example.com/b:1"});
  EXPECT_THAT(PlanRemoval(two, two.id, false, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "conflict: unable to delete aaaaaaaaaaaa (must be forced) - image is "
                       "referenced in multiple repositories"));
  EXPECT_TRUE(PlanRemoval(two, two.id, true, {})->removes_image);
}

TEST(PlanRemoval, ByIdARunningContainerIsStrongerThanForce) {
  const auto used = MakeImage({"docker.io/library/a:1"});
  const std::string container(64, 'c');
  for (const bool force : {false, true}) {
    EXPECT_THAT(PlanRemoval(used, used.id, force, {container, ""}),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         "conflict: unable to delete aaaaaaaaaaaa (cannot be forced) - image is "
                         "being used by running container cccccccccccc"));
  }
  EXPECT_THAT(PlanRemoval(used, used.id, false, {"", container}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("(must be forced) - image is being used by stopped container")));
  const auto forced = PlanRemoval(used, used.id, true, {"", container});
  ASSERT_TRUE(forced.ok()) << forced.status();
  EXPECT_THAT(forced->names, SizeIs(1));
  EXPECT_FALSE(forced->removes_image) << "the container could not start again";
}

TEST(PlanRemoval, ByIdForceIsRefusedWhereNothingCanBeDone) {
  const auto nameless = MakeImage({});
  const std::string container(64, 'c');
  EXPECT_THAT(PlanRemoval(nameless, nameless.id, true, {"", container}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("(cannot be forced) - it has no name, and stopped container "
                                 "cccccccccccc")));
  EXPECT_TRUE(PlanRemoval(nameless, nameless.id, true, {})->removes_image);
}

TEST(PlanRemoval, ByNameForceOnlyUntagsWhatIsUsed) {
  const auto used = MakeImage({"docker.io/library/a:1"}, {"docker.io/library/a" + kDigest});
  const std::string container(64, 'c');
  EXPECT_THAT(PlanRemoval(used, "a:1", false, {container, ""}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "conflict: unable to remove repository reference \"a:1\" (must force) - "
                       "container cccccccccccc is using its referenced image aaaaaaaaaaaa"));
  const auto removal = PlanRemoval(used, "a:1", true, {container, ""});
  ASSERT_TRUE(removal.ok()) << removal.status();
  EXPECT_THAT(removal->names, SizeIs(2));
  EXPECT_FALSE(removal->removes_image);
}

}  // namespace
}  // namespace berth::cri
