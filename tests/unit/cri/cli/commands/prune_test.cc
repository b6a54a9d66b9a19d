// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kAllImages[] = "POST /images/prune?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D";

TEST(Prune, AllImagesAreNotAllVolumes) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/prune", R"({"ContainersDeleted":["c"]})");
  command.engine.Answer("POST /networks/prune", "{}");
  command.engine.Answer("POST /volumes/prune", R"({"VolumesDeleted":["v"],"SpaceReclaimed":3})");
  command.engine.Answer(kAllImages, R"({"ImagesDeleted":[{"Untagged":"a:1"}],"SpaceReclaimed":4})");
  command.engine.Answer("POST /build/prune?all=1", "{}");
  EXPECT_THAT(command.Run("prune -af --volumes"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.engine.Calls(),
              ElementsAre("POST /containers/prune", "POST /networks/prune", "POST /volumes/prune",
                          kAllImages, "POST /build/prune?all=1"));
  EXPECT_EQ(command.printed,
            "Deleted Containers:\nc\n\nDeleted Volumes:\nv\n\n"
            "Deleted Images:\nuntagged: a:1\n\nTotal reclaimed space: 7B\n");
}

TEST(Prune, AllVolumesAreAskedForAlone) {
  CommandUnderTest command;
  const std::string all = "POST /volumes/prune?filters=%7B%22all%22%3A%5B%22true%22%5D%7D";
  command.engine.Answer(all, "{}");
  EXPECT_THAT(command.Run("volume prune -af"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.engine.Calls(), ElementsAre(all));
}

class PruneByLabel : public testing::Test {
 protected:
  PruneByLabel() {
    const auto filtered = [](const std::string& name, const std::string& dangling) {
      return "?filters=%7B" + dangling + "%22" + name + "%22%3A%5B%22a%22%5D%7D";
    };
    for (const std::string name : {"label", "label%21"}) {
      command_.engine.Answer("POST /containers/prune" + filtered(name, ""), "{}");
      command_.engine.Answer("POST /networks/prune" + filtered(name, ""), "{}");
      command_.engine.Answer(
          "POST /images/prune" + filtered(name, "%22dangling%22%3A%5B%22true%22%5D%2C"), "{}");
    }
    command_.engine.Answer("POST /build/prune", "{}");
  }

  CommandUnderTest command_;
};

TEST_F(PruneByLabel, LeavesTheBuildCacheWhichHasNone) {
  EXPECT_THAT(command_.Run("prune -f --filter label=a"), test::IsOkAndHolds(0));
  EXPECT_EQ(command_.engine.Calls().size(), 3U);
  EXPECT_EQ(command_.printed, "Total reclaimed space: 0B\n");
}

TEST_F(PruneByLabel, TakesTheBuildCacheWhereALabelIsNotToBeThere) {
  EXPECT_THAT(command_.Run("prune -f --filter label!=a"), test::IsOkAndHolds(0));
  EXPECT_EQ(command_.engine.Calls().back(), "POST /build/prune");
}

TEST(BuilderPrune, KeepsWhatItIsTold) {
  CommandUnderTest command;
  const std::string call = "POST /build/prune?all=1&keep-storage=1048576";
  command.engine.Answer(call, R"({"CachesDeleted":["x"],"SpaceReclaimed":5})");
  EXPECT_THAT(command.Run("builder prune -af --keep-storage 1m"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "Deleted build cache objects:\nx\n\nTotal reclaimed space: 5B\n");
}

TEST(Prune, RefusesVolumesByTheirAgeBeforeAnythingGoes) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("prune -f --volumes --filter until=1h"),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             HasSubstr(R"("until" filter is not supported with "--volumes")")));
  EXPECT_TRUE(command.engine.Calls().empty());
}

}  // namespace
}  // namespace berth::cli
