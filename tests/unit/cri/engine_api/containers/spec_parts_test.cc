// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/spec_parts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(SpecParts, Binds) {
  const MountSpec bind = ParseBind("/src:/dst:ro,rslave").value();
  EXPECT_EQ(bind.type, MountSpec::Type::kBind);
  EXPECT_TRUE(bind.read_only && bind.make_source);
  EXPECT_EQ(bind.propagation, "rslave");
  EXPECT_EQ(ParseBind("/a/../src/:/dst")->source, "/src");
  EXPECT_EQ(ParseBind("data:/dst")->type, MountSpec::Type::kVolume);
  EXPECT_TRUE(ParseBind("data:/dst:nocopy,ro")->no_copy);
  EXPECT_EQ(ParseBind("/src:/dst:ro,z")->relabel, "z");
  EXPECT_THAT(ParseBind("/src:/dst:rw,cached,rslave,Z"), test::IsOk());
  const std::pair<const char*, const char*> bad[] = {
      {"/dst", "invalid volume specification"}, {"a:b", "must be absolute"},
      {"a:/b:huh,ro", "invalid mode: huh,ro"},  {"/a:/", "destination can't be '/'"},
      {"a:/b:ro,rw", "invalid mode: ro,rw"},    {"/a:/b:z,ro,Z", "invalid mode: z,ro,Z"},
      {":/b", "invalid volume specification"},  {"a:/b:ro:x", "invalid volume specification"},
  };
  for (const auto& [text, words] : bad) {
    EXPECT_THAT(ParseBind(text),
                test::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr(words)));
  }
}

TEST(SpecParts, MountsOfEveryForm) {
  const auto mounts =
      ParseMounts({{"Mounts", {{{"Type", "bind"}, {"Source", "/s"}, {"Target", "/b"}}}},
                   {"Tmpfs", {{"/t", "size=2m,mode=755,exec"}}}});
  ASSERT_THAT(mounts, test::IsOk());
  ASSERT_EQ(mounts->size(), 2u);
  EXPECT_FALSE((*mounts)[0].make_source);
  EXPECT_EQ((*mounts)[1].tmpfs_size, 2 << 20);
  EXPECT_EQ((*mounts)[1].tmpfs_mode, 0755);
  EXPECT_FALSE(ParseMounts({{"Mounts", {{{"Type", "npipe"}, {"Target", "/b"}}}}}).ok());
  EXPECT_FALSE(
      ParseMounts(
          {{"Mounts",
            {{{"Type", "volume"}, {"Target", "/b"}, {"VolumeOptions", {{"Subpath", "../x"}}}}}}})
          .ok());
}

TEST(SpecParts, HowDeepABindIs) {
  const auto with = [](bool read_only, Json options) {
    return ParseLongMount({{"Type", "bind"},
                           {"Source", "/s"},
                           {"Target", "/t"},
                           {"ReadOnly", read_only},
                           {"BindOptions", std::move(options)}});
  };
  EXPECT_TRUE(with(true, Json::object())->is_recursive);
  EXPECT_TRUE(with(true, Json::object())->read_only_below);
  EXPECT_FALSE(with(false, {{"NonRecursive", true}})->is_recursive);
  EXPECT_FALSE(with(true, {{"ReadOnlyNonRecursive", true}})->read_only_below);
  EXPECT_TRUE(with(true, {{"ReadOnlyForceRecursive", true}})->read_only_below);
  for (const auto& bad :
       {with(false, {{"ReadOnlyNonRecursive", true}}),
        with(false, {{"ReadOnlyForceRecursive", true}}),
        with(true, {{"ReadOnlyNonRecursive", true}, {"ReadOnlyForceRecursive", true}}),
        with(true, {{"ReadOnlyForceRecursive", true}, {"Propagation", "rslave"}})}) {
    EXPECT_THAT(bad, test::StatusIs(absl::StatusCode::kInvalidArgument,
                                    ::testing::HasSubstr("mount options conflict: ")));
  }
}

TEST(SpecParts, OnlyVolumesAndImagesHaveParts) {
  const auto bind = ParseLongMount({{"Type", "bind"},
                                    {"Source", "/s"},
                                    {"Target", "/t"},
                                    {"VolumeOptions", {{"Subpath", "../x"}}}});
  ASSERT_THAT(bind, test::IsOk());
  EXPECT_EQ(bind->subpath, "");
}

TEST(SpecParts, AMountOfAnImageIsReadOnly) {
  const Json web = {{"Type", "image"}, {"Source", "web:1"}, {"Target", "/w/"}};
  const auto mount = ParseLongMount(web);
  ASSERT_THAT(mount, test::IsOk());
  EXPECT_EQ(mount->type, MountSpec::Type::kImage);
  EXPECT_EQ(mount->source, "web:1");
  EXPECT_EQ(mount->target, "/w");
  EXPECT_TRUE(mount->read_only);
  EXPECT_EQ(mount->subpath, "");
  const auto with = [&web](const char* field, Json value) {
    Json json = web;
    json[field] = std::move(value);
    return ParseLongMount(json);
  };
  EXPECT_EQ(with("ImageOptions", {{"Subpath", "a/b"}})->subpath, "a/b");
  EXPECT_EQ(with("ImageID", "sha256:1")->image_id, "") << "nobody but us says what a name means";
  EXPECT_THAT(with("BindOptions", nullptr), test::IsOk());
  struct Case {
    const char* field;
    Json value;
    const char* words;
  };
  const Case bad[] = {
      {"Source", "", "field Source must not be empty"},
      {"BindOptions", Json::object(), "field BindOptions must not be specified"},
      {"VolumeOptions", {{"Subpath", "a"}}, "field VolumeOptions must not be specified"},
      {"ImageOptions", {{"Subpath", "../a"}}, "subpath must be a relative path within the image"},
      {"ImageOptions", {{"Subpath", "/a"}}, "subpath must be a relative path within the image"},
  };
  for (const Case& c : bad) {
    EXPECT_THAT(with(c.field, c.value),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               ::testing::HasSubstr(absl::StrCat(
                                   "invalid mount config for type \"image\": ", c.words))))
        << c.field;
  }
  EXPECT_THAT(with("Type", "volume"), test::IsOk());
  EXPECT_THAT(ParseLongMount({{"Type", "volume"},
                              {"Source", "data"},
                              {"Target", "/d"},
                              {"ImageOptions", {{"Subpath", "a"}}}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             ::testing::HasSubstr("field ImageOptions must not be specified")));
}

TEST(SpecParts, DevicesUlimitsAndLogs) {
  ContainerSpec spec;
  ASSERT_THAT(ParseDevices({{"Devices", {{{"PathOnHost", "/dev/fuse"}}}},
                            {"DeviceRequests", {{{"Driver", ""}, {"Count", -1}}}},
                            {"Ulimits", {{{"Name", "nofile"}, {"Soft", 1}, {"Hard", 2}}}}},
                           spec),
              test::IsOk());
  EXPECT_EQ(spec.devices[0].target, "/dev/fuse");
  EXPECT_EQ(spec.cdi_devices, std::vector<std::string>{"nvidia.com/gpu=all"});
  EXPECT_FALSE(ParseDevices({{"Ulimits", {{{"Soft", 3}, {"Hard", 2}}}}}, spec).ok());
  EXPECT_EQ(ParseLog({{"Config", {{"max-size", "10k"}}}})->max_size, 10 << 10);
  EXPECT_TRUE(ParseLog({{"Config", {{"mode", "non-blocking"}, {"max-buffer-size", "1m"}}}}).ok());
  EXPECT_FALSE(ParseLog({{"Config", {{"max-buffer-size", "1m"}}}}).ok());
  EXPECT_FALSE(ParseLog({{"Config", {{"mode", "odd"}}}}).ok());
  EXPECT_FALSE(ParseLog({{"Type", "syslog"}}).ok());
  EXPECT_FALSE(ParseLog({{"Config", {{"colour", "red"}}}}).ok());
}

TEST(SpecParts, RulesOfDevices) {
  ContainerSpec spec;
  ASSERT_THAT(ParseDevices({{"DeviceCgroupRules", {"c 13:* rmw", "a 1:2 r"}}}, spec), test::IsOk());
  ASSERT_EQ(spec.device_access.size(), 3U);
  EXPECT_TRUE(spec.device_access[0].allow);
  EXPECT_EQ(spec.device_access[0].type, 'c');
  EXPECT_EQ(spec.device_access[0].major, 13U);
  EXPECT_EQ(spec.device_access[0].minor, std::nullopt);
  EXPECT_EQ(spec.device_access[0].access, "rmw");
  EXPECT_EQ(spec.device_access[1].type, 'b');  // "all" is one for each
  EXPECT_EQ(spec.device_access[2].type, 'c');
  EXPECT_EQ(spec.device_access[2].minor, 2U);
  for (const char* bad : {"", "c 1:2", "d 1:2 r", "c 1 r", "c 1:2:3 r", "c -1:* r", "c 1:2 x",
                          "c 1:2 rwmr", "c  1:2 r", "c 1:4294967296 r"}) {
    ContainerSpec none;
    EXPECT_THAT(ParseDevices({{"DeviceCgroupRules", {bad}}}, none),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               ::testing::HasSubstr("invalid device cgroup rule format")))
        << bad;
  }
  Json many = Json::array();
  many.insert(many.end(), kMaxDeviceCgroupRules, "c 1:2 r");
  ContainerSpec full;
  EXPECT_THAT(ParseDevices({{"DeviceCgroupRules", many}}, full), test::IsOk());
  many.push_back("c 1:2 r");
  EXPECT_FALSE(ParseDevices({{"DeviceCgroupRules", many}}, full).ok());
}

}  // namespace
}  // namespace berth::cri
