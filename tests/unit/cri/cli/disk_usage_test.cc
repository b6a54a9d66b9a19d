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
            "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
            "Images          2         1         1kB       400B (40%)\n"
            "Containers      3         2         40B       30B (75%)\n"
            "Local Volumes   3         1         12B       7B (58%)\n"
            "Build Cache     3         1         3B        2B (66%)\n");
}

TEST(UsageByKind, HasNothingToSayOfNothing) {
  for (const KindUsage& usage : Usage("{}")) {
    EXPECT_EQ(usage.total + usage.active + usage.size + usage.reclaimable, 0u) << usage.kind;
  }
  EXPECT_EQ(Usage(R"({"LayersSize": 5, "Images": [{"Size": 9, "Containers": 1}]})")[0].reclaimable,
            0u);
}

TEST(DetailedUsage, HasEachThing) {
  const berth::Json answer = berth::Json::parse(R"({
    "Images": [{"Id": "sha256:0123456789abcdef", "RepoTags": ["r:5000/a:1", "b:1"], "Created": 0,
                "Size": 2052096, "SharedSize": 52096, "Containers": 1}, {"Id": "sha256:1"}],
    "Containers": [{"Id": "c1", "Image": "a:1", "Command": "sh -c true", "Created": 50,
                    "SizeRw": 8192, "Status": "Up 3 seconds", "Names": ["/web"],
                    "Mounts": [{"Driver": "local"}, {"Type": "bind"}]}],
    "Volumes": [{"Name": "data", "UsageData": {"RefCount": 1, "Size": 5}}],
    "BuildCache": [{"ID": "b1", "Type": "regular", "Size": 7, "Shared": false, "UsageCount": 2,
                    "CreatedAt": "1970-01-01T00:00:30Z", "LastUsedAt": "1970-01-01T00:00:58Z"}]})",
                                                nullptr, false);
  EXPECT_EQ(
      DetailedUsage(answer, absl::FromUnixSeconds(59)),
      "Images space usage:\n\n"
      "REPOSITORY   TAG       IMAGE ID       CREATED          SIZE      SHARED SIZE   UNIQUE SIZE  "
      " "
      "CONTAINERS\n"
      "r:5000/a     1         0123456789ab   59 seconds ago   2.05MB    52.1kB        2MB          "
      " "
      "1\n"
      "<none>       <none>    1              59 seconds ago   0B        0B            0B           "
      " "
      "0\n"
      "\nContainers space usage:\n\n"
      "CONTAINER ID   IMAGE     COMMAND        LOCAL VOLUMES   SIZE      CREATED         STATUS    "
      " "
      "    NAMES\n"
      "c1             a:1       \"sh -c true\"   1               8.19kB    9 seconds ago   Up 3 "
      "seconds   web\n"
      "\nLocal Volumes space usage:\n\n"
      "VOLUME NAME   LINKS     SIZE\n"
      "data          1         5B\n"
      "\nBuild cache usage: 7B\n\n"
      "CACHE ID   CACHE TYPE   SIZE      CREATED          LAST USED      USAGE     SHARED\n"
      "b1         regular      7B        29 seconds ago   1 second ago   2         false\n");
}

TEST(UsageJson, IsForPrograms) {
  EXPECT_EQ(
      ParseJson(Pretty(UsageJson({{"Images", 1, 1, 10, 0}})), 1 << 20).value_or(berth::Json()),
      berth::Json::parse(R"([{"type":"Images","total":1,"active":1,"size":10,"reclaimable":0}])"));
}

}  // namespace
}  // namespace berth::cli
