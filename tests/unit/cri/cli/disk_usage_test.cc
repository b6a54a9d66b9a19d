// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/disk_usage.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

constexpr char kAnswer[] = R"({
  "LayersSize": 1000,
  "Images": [{"Size": 700, "SharedSize": 100, "Containers": 1},
             {"Size": 400, "SharedSize": 100, "Containers": 0}],
  "Containers": [{"State": "running", "SizeRw": 10}, {"State": "exited", "SizeRw": 30},
                 {"State": "paused"}],
  "Volumes": [{"UsageData": {"RefCount": 1, "Size": 5}}, {"UsageData": {"RefCount": 0, "Size": 7}},
              {"UsageData": {"RefCount": -1, "Size": -1}}],
  "BuildCache": [{"InUse": true, "Shared": false, "Size": 1}, {"Size": 2},
                 {"Shared": true, "Size": 4}]})";

std::vector<KindUsage> Usage(absl::string_view answer) {
  return UsageByKind(ParseJson(answer, 1 << 20).value_or(berth::Json()));
}

TEST(UsageByKind, CountsWhatIsInUse) {
  EXPECT_EQ(UsageTable(Usage(kAnswer)).str(),
            "TYPE            TOTAL   ACTIVE   SIZE   RECLAIMABLE\n"
            "Images          2       1        1kB    400B (40%)\n"
            "Containers      3       2        40B    30B (75%)\n"
            "Local Volumes   3       1        12B    7B (58%)\n"
            "Build Cache     3       1        3B     2B (66%)\n");
}

TEST(UsageByKind, HasNothingToSayOfNothing) {
  for (const KindUsage& usage : Usage("{}")) {
    EXPECT_EQ(usage.total + usage.active + usage.size + usage.reclaimable, 0u) << usage.kind;
  }
  EXPECT_EQ(Usage(R"({"LayersSize": 5, "Images": [{"Size": 9, "Containers": 1}]})")[0].reclaimable,
            0u);
}

TEST(UsageJson, IsForPrograms) {
  EXPECT_EQ(
      ParseJson(Pretty(UsageJson({{"Images", 1, 1, 10, 0}})), 1 << 20).value_or(berth::Json()),
      berth::Json::parse(R"([{"type":"Images","total":1,"active":1,"size":10,"reclaimable":0}])"));
}

}  // namespace
}  // namespace berth::cli
