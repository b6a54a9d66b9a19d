// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_mounts.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/engine_api/volumes/volume.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

std::vector<MountSpec> Resolve(const Json& config, const Json& host_config,
                               std::vector<MountSpec> inherited = {}) {
  const auto spec = ParseContainerSpec(config, host_config);
  EXPECT_THAT(spec, test::IsOk());
  return ResolveMounts(spec.value_or(ContainerSpec()), std::move(inherited));
}

std::vector<std::string> Told(const std::vector<MountSpec>& mounts) {
  std::vector<std::string> told;
  for (const MountSpec& mount : mounts) {
    told.push_back(mount.source + ":" + mount.target + (mount.read_only ? ":ro" : ""));
  }
  return told;
}

TEST(ContainerMounts, TheNearerOneCounts) {
  const auto inherited =
      InheritMounts(Resolve({}, {{"Binds", {"other:/d", "/host:/h"}}, {"Tmpfs", {{"/t", ""}}}}),
                    /*read_only=*/true);
  EXPECT_THAT(Told(inherited), ElementsAre("other:/d:ro", "/host:/h:ro"));
  const auto mounts = Resolve({{"Volumes", {{"/d/", Json::object()}, {"/new", Json::object()}}}},
                              {{"Binds", {"deep:/h/below", "mine:/d"}}}, inherited);
  EXPECT_THAT(Told(mounts), ElementsAre("/host:/h:ro", "mine:/d", ":/new", "deep:/h/below"));
}

TEST(ContainerMounts, ComeBackFromTheRecord) {
  auto mounts = Resolve({}, {{"Binds", {"data:/d:ro,nocopy,Z", "/src:/b:rslave"}},
                             {"Tmpfs", {{"/t", "size=1m,mode=700,uid=5,exec"}}},
                             {"Mounts",
                              {{{"Type", "volume"},
                                {"Source", "part"},
                                {"Target", "/p"},
                                {"VolumeOptions", {{"Subpath", "a"}}}}}}});
  mounts[0].labels[kAnonymousVolume] = "";
  const auto read = ReadMounts(FormatMounts(mounts));
  EXPECT_EQ(FormatMounts(read), FormatMounts(mounts));
  ASSERT_EQ(read.size(), 4u);
  EXPECT_TRUE(IsAnonymous(read[0]));
  EXPECT_TRUE(read[0].no_copy && read[0].read_only);
  EXPECT_EQ(read[0].relabel, "Z");
  EXPECT_EQ(read[1].propagation, "rslave");
  EXPECT_TRUE(read[1].is_recursive && read[1].read_only_below);
  EXPECT_EQ(read[2].subpath, "a");
  EXPECT_THAT(read[3].tmpfs_options, ElementsAre("uid=5", "exec"));
  EXPECT_EQ(read[3].tmpfs_mode, 0700);
}

TEST(ContainerMounts, KeepHowDeepTheyAre) {
  MountSpec mount;
  mount.source = "/s";
  mount.target = "/t";
  mount.read_only = true;
  mount.is_recursive = mount.read_only_below = false;
  const auto read = ReadMounts(FormatMounts({mount}));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_FALSE(read[0].is_recursive || read[0].read_only_below);
}

TEST(ContainerMounts, OfAnOlderDaemonLeaveWhatIsBelowAsItIs) {
  Json record = FormatMounts(Resolve({}, {{"Binds", {"/src:/b:ro"}}}));
  EXPECT_TRUE(ReadMounts(record).at(0).read_only_below);
  record[0]["BindOptions"].erase("ReadOnlyNonRecursive");
  EXPECT_FALSE(ReadMounts(record).at(0).read_only_below);
  record[0]["ReadOnly"] = false;
  const auto writable = ReadMounts(record);
  EXPECT_EQ(ReadMounts(FormatMounts(writable)).size(), 1u);
}

TEST(ContainerMounts, OfAnImageKeepTheOneThatItsNameMeant) {
  auto mounts = Resolve({}, {{"Mounts",
                              {{{"Type", "image"},
                                {"Source", "web"},
                                {"Target", "/w"},
                                {"ImageOptions", {{"Subpath", "a"}}}}}}});
  ASSERT_EQ(mounts.size(), 1u);
  mounts[0].image_id = "sha256:1";
  const auto read = ReadMounts(FormatMounts(mounts));
  EXPECT_EQ(FormatMounts(read), FormatMounts(mounts));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].image_id, "sha256:1");
  EXPECT_EQ(read[0].subpath, "a");
  EXPECT_EQ(InheritMounts(read, /*read_only=*/false).at(0).image_id, "sha256:1");
  const Json points = MountPoints(read, Json::object(), nullptr);
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0], Json({{"Type", "image"},
                             {"Name", "web"},
                             {"Source", "sha256:1"},
                             {"Destination", "/w"},
                             {"Mode", ""},
                             {"RW", false},
                             {"Propagation", "rprivate"}}));
}

TEST(ContainerMounts, AsInspectTellsThem) {
  const Json host_config = {{"Binds", {"data:/d", "/src:/b:ro"}},
                            {"Mounts", {{{"Type", "tmpfs"}, {"Target", "/x"}}}},
                            {"Tmpfs", {{"/t/", ""}}}};
  const Json points = MountPoints(Resolve({}, host_config), host_config,
                                  [](const std::string& volume) { return "/volumes/" + volume; });
  ASSERT_EQ(points.size(), 3u);
  EXPECT_EQ(points[2], Json({{"Type", "tmpfs"},
                             {"Source", ""},
                             {"Destination", "/x"},
                             {"Mode", ""},
                             {"RW", true},
                             {"Propagation", ""}}));
  EXPECT_EQ(points[0]["Name"], "data");
  EXPECT_EQ(points[0]["Source"], "/volumes/data");
  EXPECT_EQ(points[1]["Propagation"], "rprivate");
  EXPECT_EQ(points[1]["RW"], false);
}

TEST(ContainerMounts, ModesAsInspectTellsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"data:/d", "z"},     {"data:/d:ro", "ro"},     {"data:/d:Z", "Z"}, {"/src:/d", ""},
      {"/src:/d:ro", "ro"}, {"/src:/d:z,ro", "ro,z"}, {"/src:/d:Z", "Z"}};
  for (const auto& [bind, mode] : cases) {
    const Json host_config = {{"Binds", {bind}}};
    const Json points = MountPoints(Resolve({}, host_config), host_config,
                                    [](const std::string& volume) { return volume; });
    EXPECT_EQ(points[0]["Mode"], mode) << bind;
  }
}

TEST(ContainerMounts, WhatTheContainerDoesNotNameItselfHasNoMode) {
  const Json host_config = {
      {"Mounts",
       {{{"Type", "volume"}, {"Target", "/long"}}, {{"Type", "tmpfs"}, {"Target", "/t"}}}}};
  std::vector<MountSpec> inherited =
      InheritMounts(Resolve({}, {{"Binds", {"/src:/theirs:ro,z"}}}), /*read_only=*/false);
  std::vector<MountSpec> mounts =
      Resolve({{"Volumes", {{"/image", Json::object()}}}}, host_config, std::move(inherited));
  std::map<std::string, std::string> modes;
  for (MountSpec& mount : mounts) {
    if (mount.type == MountSpec::Type::kVolume) {
      mount.relabel = "z";  // as all are that are made for a container
    }
  }
  for (const Json& point :
       MountPoints(mounts, host_config, [](const std::string& volume) { return volume; })) {
    modes[JsonString(point, "Destination").value_or("")] =
        JsonString(point, "Mode").value_or("none");
  }
  EXPECT_EQ(modes, (std::map<std::string, std::string>{
                       {"/image", ""}, {"/long", "z"}, {"/t", ""}, {"/theirs", ""}}));
}

TEST(ContainerMounts, VolumesFrom) {
  EXPECT_EQ(ParseVolumesFrom("web")->container, "web");
  EXPECT_FALSE(ParseVolumesFrom("web:rw")->read_only);
  EXPECT_TRUE(ParseVolumesFrom("web:ro,z")->read_only);
  EXPECT_FALSE(ParseVolumesFrom("web:odd").ok());
  EXPECT_FALSE(ParseVolumesFrom("").ok());
}

}  // namespace
}  // namespace berth::cri
