// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/devices.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;

v1::Device* Ask(v1::ContainerConfig& config, const std::string& host, const std::string& container,
                const std::string& permissions = "rw") {
  v1::Device* device = config.add_devices();
  device->set_host_path(host);
  device->set_container_path(container);
  device->set_permissions(permissions);
  return device;
}

HostDevice Node(const std::string& path, uint32_t major, uint32_t minor, bool block = false) {
  HostDevice device;
  device.path = path;
  device.major = major;
  device.minor = minor;
  device.block = block;
  device.mode = 0660;
  device.gid = 44;
  return device;
}

const DevicePlan* Find(const PlannedDevices& planned, const std::string& path) {
  const auto found = std::find_if(planned.nodes.begin(), planned.nodes.end(),
                                  [&](const DevicePlan& node) { return node.path == path; });
  return found == planned.nodes.end() ? nullptr : &*found;
}

bool Allows(const PlannedDevices& planned, char type, uint32_t major, uint32_t minor,
            const std::string& access) {
  for (const DeviceAccess& rule : planned.access) {
    if (rule.allow && rule.type == type && rule.major == major && rule.minor == minor &&
        rule.access == access) {
      return true;
    }
  }
  return false;
}

TEST(Devices, DefaultsAreSixNodes) {
  FakeHostFiles host;
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices({}, host));
  EXPECT_EQ(planned.nodes.size(), 6u);
  const DevicePlan* null = Find(planned, "/dev/null");
  ASSERT_NE(null, nullptr);
  EXPECT_EQ(null->major, 1u);
  EXPECT_EQ(null->minor, 3u);
  EXPECT_EQ(null->mode, 0666u);
  EXPECT_FALSE(null->block);
  EXPECT_TRUE(Allows(planned, 'c', 1, 3, "rwm"));
  EXPECT_FALSE(planned.access.front().major.has_value());
  EXPECT_EQ(planned.access.front().access, "m");  // any node may be made, none of these used
  EXPECT_EQ(planned.symlinks.front().path, "/dev/fd");
}

TEST(Devices, ARequestedDeviceIsThereAndAllowed) {
  FakeHostFiles host;
  host.devices["/dev/sda"] = {Node("/dev/sda", 8, 0, true)};
  v1::ContainerConfig config;
  Ask(config, "/dev/sda", "/dev/disk", "r");
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices(config, host));
  const DevicePlan* disk = Find(planned, "/dev/disk");
  ASSERT_NE(disk, nullptr);
  EXPECT_TRUE(disk->block);
  EXPECT_EQ(disk->mode, 0660u);
  EXPECT_EQ(disk->gid, 44u);
  EXPECT_EQ(disk->source, "/dev/sda");
  EXPECT_TRUE(Allows(planned, 'b', 8, 0, "r"));
  EXPECT_EQ(planned.access.back().access, "r");
}

TEST(Devices, AnExtraDeviceNeedsNothingOnTheHost) {
  FakeHostFiles host;
  DevicePlan node;
  node.path = "/dev/null";
  node.block = true;
  node.major = 8;
  node.minor = 3;
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices({}, host, {{node, "rm"}}));
  EXPECT_EQ(planned.nodes.size(), 6u);
  EXPECT_EQ(Find(planned, "/dev/null")->major, 8u);
  EXPECT_TRUE(Allows(planned, 'b', 8, 3, "rm"));
}

TEST(Devices, ADirectoryBringsAllThatIsInIt) {
  FakeHostFiles host;
  host.devices["/dev/snd"] = {Node("/dev/snd/timer", 116, 33), Node("/dev/snd/by/c0", 116, 0)};
  v1::ContainerConfig config;
  Ask(config, "/dev/snd/", "/dev/sound");
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices(config, host));
  EXPECT_NE(Find(planned, "/dev/sound/timer"), nullptr);
  EXPECT_NE(Find(planned, "/dev/sound/by/c0"), nullptr);
  EXPECT_TRUE(Allows(planned, 'c', 116, 33, "rw"));
}

TEST(Devices, EmptyFieldsHaveTheUsualMeaning) {
  FakeHostFiles host;
  host.devices["/dev/fuse"] = {Node("/dev/fuse", 10, 229)};
  v1::ContainerConfig config;
  Ask(config, "/dev/fuse", "", "");
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices(config, host));
  EXPECT_NE(Find(planned, "/dev/fuse"), nullptr);
  EXPECT_TRUE(Allows(planned, 'c', 10, 229, "rwm"));
}

TEST(Devices, ARequestedOneReplacesADefaultOne) {
  FakeHostFiles host;
  host.devices["/dev/zero"] = {Node("/dev/zero", 1, 5)};
  v1::ContainerConfig config;
  Ask(config, "/dev/zero", "/dev/null");
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices(config, host));
  EXPECT_EQ(planned.nodes.size(), 6u);
  EXPECT_EQ(Find(planned, "/dev/null")->minor, 5u);
}

TEST(Devices, PrivilegedHasAllOfTheHostsButItsOwnTerminals) {
  FakeHostFiles host;
  host.devices["/dev"] = {Node("/dev/sda", 8, 0, true), Node("/dev/console", 5, 1),
                          Node("/dev/ptmx", 5, 2), Node("/dev/null", 1, 3)};
  v1::ContainerConfig config;
  config.mutable_linux()->mutable_security_context()->set_privileged(true);
  ASSERT_OK_AND_ASSIGN(const PlannedDevices planned, PlanDevices(config, host));
  EXPECT_NE(Find(planned, "/dev/sda"), nullptr);
  EXPECT_EQ(Find(planned, "/dev/console"), nullptr);
  EXPECT_EQ(Find(planned, "/dev/ptmx"), nullptr);
  ASSERT_EQ(planned.access.size(), 1u);
  EXPECT_TRUE(planned.access[0].allow);
  EXPECT_EQ(planned.access[0].type, 'a');
}

TEST(Devices, RefusesWhatItCannotGive) {
  FakeHostFiles host;
  host.devices["/dev/fuse"] = {Node("/dev/fuse", 10, 229)};
  struct Case {
    const char *host, *permissions, *message;
  };
  const Case cases[] = {{"/dev/none", "rw", "is no device"},
                        {"dev/fuse", "rw", "must be absolute"},
                        {"", "rw", "must be absolute"},
                        {"/dev/fuse", "rwx", "are not of r, w and m"},
                        {"/dev/fuse", "rwmr", "are not of r, w and m"}};
  for (const Case& c : cases) {
    v1::ContainerConfig config;
    Ask(config, c.host, "/dev/x", c.permissions);
    EXPECT_THAT(PlanDevices(config, host),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)));
  }
}

TEST(Devices, AreBounded) {
  FakeHostFiles host;
  for (uint32_t i = 0; i <= kMaxDevices; ++i) {
    host.devices["/dev/many"].push_back(Node(absl::StrCat("/dev/many/", i), 7, i));
  }
  v1::ContainerConfig config;
  Ask(config, "/dev/many", "/dev/many");
  EXPECT_THAT(PlanDevices(config, host), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
