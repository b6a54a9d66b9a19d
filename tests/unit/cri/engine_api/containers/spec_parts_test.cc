// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/spec_parts.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(SpecParts, Binds) {
  const MountSpec bind = ParseBind("/src:/dst:ro,rslave").value();
  EXPECT_EQ(bind.type, MountSpec::Type::kBind);
  EXPECT_TRUE(bind.read_only && bind.make_source);
  EXPECT_EQ(bind.propagation, "rslave");
  EXPECT_EQ(ParseBind("data:/dst")->type, MountSpec::Type::kVolume);
  for (const char* bad : {"/dst", "a:b", "a:/b:huh", "/a:/", ":/b", "a:/b:ro:x"}) {
    EXPECT_FALSE(ParseBind(bad).ok()) << bad;
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
  EXPECT_FALSE(ParseLog({{"Type", "syslog"}}).ok());
  EXPECT_FALSE(ParseLog({{"Config", {{"colour", "red"}}}}).ok());
}

}  // namespace
}  // namespace berth::cri
