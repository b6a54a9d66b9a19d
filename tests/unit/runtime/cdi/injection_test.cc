// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/injection.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::cdi {
namespace {

using runtime::ExtraDevice;
using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InjectionTest : public ::testing::Test {
 protected:
  InjectionTest() {
    host_.devices["/dev/gpu0"] = {{"/dev/gpu0", false, 195, 3, 0660, 1, 44}};
    host_.devices["/dev/sda"] = {{"/dev/sda", true, 8, 0, 0640, 0, 6}};
  }

  // Of a specification with these edits and one device with those.
  absl::Status InjectOne(Edits of_all, Edits of_device) {
    auto spec = std::make_shared<Spec>();
    spec->kind = "v/c";
    spec->edits = std::move(of_all);
    spec->devices = {{"a", std::move(of_device)}};
    return Inject({{spec, &spec->devices[0]}}, host_, config_, extras_);
  }
  absl::Status InjectOne(Edits edits) { return InjectOne({}, std::move(edits)); }
  absl::Status InjectNode(DeviceNode node) {
    extras_ = {};
    Edits edits;
    edits.nodes = {std::move(node)};
    return InjectOne(std::move(edits));
  }
  const ExtraDevice& node() const { return extras_.devices.at(0); }

  runtime::FakeHostFiles host_;
  v1::ContainerConfig config_;
  runtime::ContainerExtras extras_;
};

DeviceNode Node(const std::string& path) {
  DeviceNode node;
  node.path = path;
  node.access = "rwm";
  return node;
}

TEST(RequestedDevices, ComeFromTheFieldAndTheAnnotations) {
  v1::ContainerConfig config;
  config.add_cdi_devices()->set_name("v/c=1");
  (*config.mutable_annotations())["cdi.k8s.io/b"] = "v/c=3,v/c=1";
  (*config.mutable_annotations())["cdi.k8s.io/a_x"] = "v/c=2";
  (*config.mutable_annotations())["other"] = "v/c=9";
  EXPECT_THAT(RequestedDevices(config), IsOkAndHolds(ElementsAre("v/c=1", "v/c=2", "v/c=3")));
  EXPECT_THAT(RequestedDevices({}), IsOkAndHolds(IsEmpty()));
}

TEST(RequestedDevices, AreNames) {
  v1::ContainerConfig config;
  (*config.mutable_annotations())["cdi.k8s.io/a"] = "v/c=1,";
  EXPECT_THAT(RequestedDevices(config), StatusIs(absl::StatusCode::kInvalidArgument));
  config.Clear();
  config.add_cdi_devices()->set_name("gpu0");
  EXPECT_THAT(RequestedDevices(config),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"gpu0\"")));
  config.Clear();
  for (size_t i = 0; i <= kMaxContainerDevices; ++i) {
    config.add_cdi_devices()->set_name("v/c=" + std::to_string(i));
  }
  EXPECT_THAT(RequestedDevices(config),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("limit")));
}

TEST_F(InjectionTest, AppliesWhatIsOfTheWholeSpecificationOnceAndFirst) {
  auto spec = std::make_shared<Spec>();
  spec->kind = "v/c";
  spec->edits.environment = {"ALL=1=2"};
  spec->devices.resize(2);
  spec->devices[0].edits.environment = {"A="};
  spec->devices[1].edits.environment = {"B=b"};
  ASSERT_THAT(
      Inject({{spec, &spec->devices[1]}, {spec, &spec->devices[0]}}, host_, config_, extras_),
      IsOk());
  ASSERT_EQ(config_.envs_size(), 3);
  EXPECT_EQ(config_.envs(0).key(), "ALL");
  EXPECT_EQ(config_.envs(0).value(), "1=2");
  EXPECT_EQ(config_.envs(1).key(), "B");
  EXPECT_EQ(config_.envs(2).key(), "A");
}

TEST_F(InjectionTest, DevicesAreAsOnTheHost) {
  ASSERT_THAT(InjectNode(Node("/dev/gpu0")), IsOk());
  EXPECT_EQ(node().node.path, "/dev/gpu0");
  EXPECT_EQ(node().node.source, "/dev/gpu0");
  EXPECT_FALSE(node().node.block);
  EXPECT_EQ(node().node.major, 195u);
  EXPECT_EQ(node().node.minor, 3u);
  EXPECT_EQ(node().node.mode, 0660u);
  EXPECT_EQ(node().node.uid, 1u);
  EXPECT_EQ(node().node.gid, 44u);
  EXPECT_TRUE(node().users && node().groups);
  EXPECT_EQ(node().access, "rwm");
  DeviceNode disk = Node("/dev/xvda");
  disk.host_path = "/dev/sda";
  disk.access = "r";
  ASSERT_THAT(InjectNode(disk), IsOk());
  EXPECT_EQ(node().node.path, "/dev/xvda");
  EXPECT_EQ(node().node.source, "/dev/sda");
  EXPECT_TRUE(node().node.block);
  EXPECT_EQ(node().access, "r");
}

TEST_F(InjectionTest, DevicesAreAsTheSpecificationSays) {
  DeviceNode node = Node("/dev/gpu0");
  node.type = 'c';
  node.major = 7;
  node.minor = 8;
  node.mode = 0100600;
  node.uid = 0;
  node.gid = 9;
  ASSERT_THAT(InjectNode(node), IsOk());
  EXPECT_EQ(this->node().node.major, 7u);
  EXPECT_EQ(this->node().node.minor, 8u);
  EXPECT_EQ(this->node().node.mode, 0600u);
  EXPECT_EQ(this->node().node.uid, 0u);
  EXPECT_EQ(this->node().node.gid, 9u);
  EXPECT_FALSE(this->node().users || this->node().groups);
  // What is said in full need not be on the host.
  node = Node("/dev/new");
  node.type = 'b';
  node.major = 7;
  node.minor = 8;
  ASSERT_THAT(InjectNode(node), IsOk());
  EXPECT_TRUE(this->node().node.block);
  EXPECT_EQ(this->node().node.mode, 0666u);
}

TEST_F(InjectionTest, RefusesDevicesThatCannotBe) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(InjectNode(Node("/dev/none")),
              StatusIs(kInvalid, HasSubstr("CDI device v/c=a: /dev/none is no device")));
  EXPECT_THAT(InjectNode(Node("dev/gpu0")), StatusIs(kInvalid, HasSubstr("no absolute path")));
  EXPECT_THAT(InjectNode(Node("/dev/../etc")), StatusIs(kInvalid, HasSubstr("no absolute path")));
  DeviceNode node = Node("/dev/gpu0");
  node.type = 'b';
  EXPECT_THAT(InjectNode(node), StatusIs(kInvalid, HasSubstr("of another type")));
  host_.devices["/dev/dri"] = {{"/dev/dri/a", false, 1, 2}};
  EXPECT_THAT(InjectNode(Node("/dev/dri")), StatusIs(kInvalid, HasSubstr("is no device")));
  node.type = 'p';
  EXPECT_THAT(InjectNode(node),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("type p")));
}

TEST_F(InjectionTest, MountsTakeThePlaceOfOthers) {
  v1::Mount& old = *config_.add_mounts();
  old.set_container_path("/usr/bin/tool/");
  old.set_host_path("/old");
  Edits edits;
  edits.mounts = {{"/opt/tool", "/usr/bin/tool", "", {"ro", "nosuid", "bind"}}};
  ASSERT_THAT(InjectOne(edits), IsOk());
  ASSERT_EQ(config_.mounts_size(), 1);
  EXPECT_EQ(config_.mounts(0).host_path(), "/opt/tool");
  EXPECT_TRUE(config_.mounts(0).readonly());
  EXPECT_THAT(config_.mounts(0).mount_options(), ElementsAre("nosuid"));
  edits.mounts[0].options = {"sync"};
  EXPECT_THAT(InjectOne(edits),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("\"sync\"")));
}

// The planner would make the directory, and the container find it empty.
TEST_F(InjectionTest, MountsHaveToBeThere) {
  host_.sources.emplace("/opt/tool", absl::InvalidArgumentError("open /opt/tool: no such file"));
  Edits edits;
  edits.mounts = {{"/opt/tool", "/usr/bin/tool", "", {}}};
  EXPECT_THAT(InjectOne(edits),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/opt/tool")));
}

TEST_F(InjectionTest, HooksAndGroupsAreExtras) {
  Edits of_all, of_device;
  of_all.groups = {44, 0};
  of_all.hooks = {{"createContainer", "/usr/bin/one", {"one", "x"}, {"A=b"}, 3}};
  of_device.hooks = {{"createContainer", "/usr/bin/two", {}, {}, 0}};
  ASSERT_THAT(InjectOne(of_all, of_device), IsOk());
  EXPECT_THAT(extras_.groups, ElementsAre(44));
  ASSERT_EQ(extras_.hooks.size(), 2u);
  EXPECT_EQ(extras_.hooks[0].path, "/usr/bin/one");
  EXPECT_THAT(extras_.hooks[0].arguments, ElementsAre("one", "x"));
  EXPECT_THAT(extras_.hooks[0].environment, ElementsAre("A=b"));
  EXPECT_EQ(extras_.hooks[0].timeout, 3u);
  EXPECT_EQ(extras_.hooks[1].path, "/usr/bin/two");
}

TEST_F(InjectionTest, RefusesByNameWhatBerthCannotDo) {
  constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;
  Edits edits;
  edits.hooks = {{"poststart", "/h", {}, {}, 0}};
  EXPECT_THAT(InjectOne(edits),
              StatusIs(kRefused, HasSubstr("v/c=a: a hook of poststart is not supported")));
  edits = {};
  edits.unsupported = "intelRdt";
  EXPECT_THAT(InjectOne(edits), StatusIs(kRefused, HasSubstr("intelRdt is not supported")));
  edits = {};
  edits.mounts = {{"tmpfs", "/x", "tmpfs", {}}};
  EXPECT_THAT(InjectOne(edits), StatusIs(kRefused, HasSubstr("\"tmpfs\"")));
}

}  // namespace
}  // namespace berth::cdi
