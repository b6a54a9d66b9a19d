// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/spec.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cdi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What nvidia-ctk writes, shortened.
constexpr char kVendors[] = R"(---
cdiVersion: 0.5.0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
  env:
  - NVIDIA_VISIBLE_DEVICES=void
  hooks:
  - args:
    - nvidia-cdi-hook
    - update-ldcache
    - --folder
    - /usr/lib/x86_64-linux-gnu
    env:
    - NVIDIA_CTK_DEBUG=false
    hookName: createContainer
    path: /usr/bin/nvidia-cdi-hook
  mounts:
  - containerPath: /usr/bin/nvidia-smi
    hostPath: /usr/bin/nvidia-smi
    options:
    - ro
    - nosuid
    - nodev
    - bind
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
      hostPath: /dev/nvidia-zero
      type: c
      major: 195
      minor: 0
      fileMode: 438
      permissions: rw
      uid: 7
      gid: 8
  name: "0"
- name: all
kind: nvidia.com/gpu
)";

std::string Problem(absl::string_view json) {
  return std::string(ParseSpec(json, SpecFormat::kJson).status().message());
}

// A specification with one device, of that version, with these edits.
std::string WithEdits(absl::string_view version, absl::string_view edits,
                      absl::string_view name = "a") {
  return absl::StrCat(R"({"cdiVersion":")", version, R"(","kind":"v/c","devices":[{"name":")", name,
                      R"(","containerEdits":)", edits, "}]}");
}

TEST(Spec, IsReadFromYaml) {
  const absl::StatusOr<Spec> spec = ParseSpec(kVendors, SpecFormat::kYaml);
  ASSERT_THAT(spec, test::IsOk());
  EXPECT_EQ(spec->kind, "nvidia.com/gpu");
  EXPECT_THAT(spec->edits.environment, ElementsAre("NVIDIA_VISIBLE_DEVICES=void"));
  ASSERT_EQ(spec->edits.nodes.size(), 1u);
  EXPECT_EQ(spec->edits.nodes[0].path, "/dev/nvidiactl");
  EXPECT_EQ(spec->edits.nodes[0].type, 0);
  EXPECT_EQ(spec->edits.nodes[0].access, "rwm");
  ASSERT_EQ(spec->edits.hooks.size(), 1u);
  const Hook& hook = spec->edits.hooks[0];
  EXPECT_EQ(hook.name, "createContainer");
  EXPECT_EQ(hook.path, "/usr/bin/nvidia-cdi-hook");
  EXPECT_EQ(hook.arguments.size(), 4u);
  EXPECT_THAT(hook.environment, ElementsAre("NVIDIA_CTK_DEBUG=false"));
  EXPECT_EQ(hook.timeout, 0u);
  ASSERT_EQ(spec->edits.mounts.size(), 1u);
  EXPECT_EQ(spec->edits.mounts[0].container_path, "/usr/bin/nvidia-smi");
  EXPECT_THAT(spec->edits.mounts[0].options, ElementsAre("ro", "nosuid", "nodev", "bind"));
  ASSERT_EQ(spec->devices.size(), 2u);
  EXPECT_EQ(spec->devices[0].name, "0");
  const DeviceNode& node = spec->devices[0].edits.nodes.at(0);
  EXPECT_EQ(node.host_path, "/dev/nvidia-zero");
  EXPECT_EQ(node.type, 'c');
  EXPECT_EQ(node.major, 195u);
  EXPECT_EQ(node.minor, 0u);
  EXPECT_EQ(node.mode, 0666u);
  EXPECT_EQ(node.access, "rw");
  EXPECT_EQ(node.uid, 7u);
  EXPECT_EQ(node.gid, 8u);
  EXPECT_THAT(spec->devices[1].edits.nodes, IsEmpty());
}

TEST(Spec, IsReadFromJson) {
  const absl::StatusOr<Spec> spec = ParseSpec(WithEdits("v0.7.0", R"({"additionalGids":[44],
        "deviceNodes":[{"path":"/dev/x","type":"u","permissions":"none"}],
        "hooks":[{"hookName":"poststop","path":"/h","timeout":5}]})"),
                                              SpecFormat::kJson);
  ASSERT_THAT(spec, test::IsOk());
  const Edits& edits = spec->devices.at(0).edits;
  EXPECT_THAT(edits.groups, ElementsAre(44));
  EXPECT_EQ(edits.nodes.at(0).type, 'c');
  EXPECT_EQ(edits.nodes.at(0).access, "");
  EXPECT_EQ(edits.hooks.at(0).timeout, 5u);
  EXPECT_EQ(edits.unsupported, "");
}

TEST(Spec, RemembersWhatBerthCannotDo) {
  const auto unsupported = [](absl::string_view edits) {
    const absl::StatusOr<Spec> spec = ParseSpec(WithEdits("1.1.0", edits), SpecFormat::kJson);
    return spec.ok() ? spec->devices.at(0).edits.unsupported : spec.status().ToString();
  };
  EXPECT_EQ(unsupported(R"({"intelRdt":{"closID":"x"}})"), "intelRdt");
  EXPECT_EQ(unsupported(R"({"netDevices":[{"hostInterfaceName":"eth7"}]})"), "netDevices");
  EXPECT_EQ(unsupported(R"({"netDevices":[],"intelRdt":{}})"), "");
}

TEST(Spec, RefusesWhatIsUnknown) {
  EXPECT_THAT(Problem(R"({"cdiVersion":"0.6.0","kind":"v/c","devices":[{"name":"a","x":1}]})"),
              HasSubstr("devices[0]: unknown field x"));
  EXPECT_THAT(Problem(WithEdits("0.6.0", R"({"deviceNodes":[{},{}]})")),
              HasSubstr("devices[0].containerEdits.deviceNodes[0]: path is missing"));
  EXPECT_THAT(Problem(WithEdits("0.6.0", R"({"Env":["A=b"]})")), HasSubstr("unknown field Env"));
  EXPECT_THAT(Problem("[]"), HasSubstr("no object"));
  EXPECT_THAT(Problem("{"), HasSubstr("not valid JSON"));
}

TEST(Spec, RefusesWhatIsMalformed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"env":["A"]})", "env is not of NAME=value"},
      {R"({"env":["=b"]})", "env is not of NAME=value"},
      {R"({"deviceNodes":[{"path":"/d","type":"x"}]})", "type is none of"},
      {R"({"deviceNodes":[{"path":"/d","permissions":"rx"}]})", "permissions"},
      {R"({"deviceNodes":[{"path":"/d","major":-1}]})", "major is not a number"},
      {R"({"mounts":[{"hostPath":"/a"}]})", "containerPath is missing"},
      {R"({"hooks":[{"hookName":"later","path":"/a"}]})", "hookName"},
      {R"({"hooks":[{"hookName":"poststop"}]})", "path is missing"},
      {R"({"hooks":[{"hookName":"poststop","path":"/a","timeout":0}]})", "timeout is 0"},
      {R"({"hooks":[{"hookName":"poststop","path":"/a","env":["x"]}]})", "env is not"},
      {R"({"additionalGids":[-1]})", "additionalGids"},
  };
  for (const auto& [edits, problem] : cases) {
    EXPECT_THAT(Problem(WithEdits("1.0.0", edits)), HasSubstr(problem)) << edits;
  }
  EXPECT_THAT(Problem(R"({"cdiVersion":"0.6.0","kind":"vc","devices":[{"name":"a"}]})"),
              HasSubstr("kind \"vc\""));
  EXPECT_THAT(Problem(R"({"cdiVersion":"0.6.0","kind":"v/c","devices":[]})"),
              HasSubstr("devices is empty"));
  EXPECT_THAT(Problem(R"({"cdiVersion":"0.6.0","kind":"v/c","devices":[{"name":"-"}]})"),
              HasSubstr("name \"-\""));
  EXPECT_THAT(
      Problem(R"({"cdiVersion":"0.6.0","kind":"v/c","devices":[{"name":"a"},{"name":"a"}]})"),
      HasSubstr("device a is there twice"));
}

TEST(Spec, IsOfTheVersionThatItSays) {
  EXPECT_THAT(Problem(WithEdits("0.9.0", "{}")), HasSubstr("cdiVersion \"0.9.0\" is not known"));
  EXPECT_THAT(Problem(WithEdits("", "{}")), HasSubstr("not known"));
  struct Case {
    const char* edits;
    const char* too_low;
    const char* enough;
  };
  const Case cases[] = {
      {R"({"mounts":[{"hostPath":"/a","containerPath":"/a","type":"bind"}]})", "0.3.0", "0.4.0"},
      {R"({"deviceNodes":[{"path":"/a","hostPath":"/b"}]})", "0.4.0", "0.5.0"},
      {R"({"additionalGids":[1]})", "0.6.0", "0.7.0"},
      {R"({"intelRdt":{}})", "0.6.0", "0.7.0"},
      {R"({"netDevices":[{"name":"a"}]})", "1.0.0", "1.1.0"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(Problem(WithEdits(one.too_low, one.edits)), HasSubstr(one.enough)) << one.edits;
    EXPECT_EQ(Problem(WithEdits(one.enough, one.edits)), "") << one.edits;
  }
  EXPECT_THAT(Problem(WithEdits("0.4.0", "{}", "0")), HasSubstr("0.5.0"));
  EXPECT_EQ(Problem(WithEdits("0.3.0", "{}", "a")), "");
  EXPECT_THAT(Problem(R"({"cdiVersion":"0.5.0","kind":"v/c.d","devices":[{"name":"a"}]})"),
              HasSubstr("0.6.0"));
  EXPECT_THAT(Problem(R"({"cdiVersion":"0.5.0","kind":"v/c","annotations":{"a":"b"},
                          "devices":[{"name":"a"}]})"),
              HasSubstr("0.6.0"));
}

}  // namespace
}  // namespace berth::cdi
