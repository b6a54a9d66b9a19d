// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/bundle.h"

#include "gtest/gtest.h"

#include "base/json.h"

namespace berth::runtime::oci {
namespace {

class OciBundle : public ::testing::Test {
 protected:
  Json Format() const {
    return Json::parse(FormatBundle({.plan = plan_,
                                     .device_access = access_,
                                     .seccomp = seccomp_,
                                     .facts = facts_,
                                     .stage = "/run/pod/root",
                                     .cgroup_path = "/berth/pod/c",
                                     .ids = ids_}),
                       nullptr, /*allow_exceptions=*/false);
  }
  static Json Parse(const char* text) { return Json::parse(text, nullptr, false); }

  LaunchPlan plan_;
  std::vector<DeviceAccess> access_;
  std::optional<SeccompProfile> seccomp_;
  HostFacts facts_;
  IdRange ids_;
};

TEST_F(OciBundle, IsWhatThePlanSays) {
  plan_.root.read_only = true;
  plan_.process.arguments = {"x"};
  plan_.devices = {{"/dev/null", "", false, 1, 3, 0666, 5, 6},
                   {"/dev/sd", "", true, 8, 0, 0600, 0, 0}};
  plan_.masked_paths = {"/proc/kcore"};
  plan_.read_only_paths = {"/proc/sys"};
  access_ = {{.allow = false},
             {.allow = true, .type = 'c', .major = 1, .minor = {}, .access = "rw"}};
  const Json config = Format();
  EXPECT_EQ(config["ociVersion"], "1.0.2");
  EXPECT_EQ(config["process"]["args"], Json::array({"x"}));
  EXPECT_EQ(config["root"], Parse(R"({"path": "/run/pod/root/rootfs", "readonly": true})"));
  EXPECT_EQ(config["mounts"][0]["destination"], "/dev");
  EXPECT_EQ(config["linux"], Parse(R"({
    "namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "cgroup"}],
    "cgroupsPath": "/berth/pod/c",
    "resources": {"devices": [{"allow": false, "access": "rwm"},
                              {"allow": true, "type": "c", "major": 1, "access": "rw"}]},
    "devices": [{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 438,
                 "uid": 5, "gid": 6},
                {"path": "/dev/sd", "type": "b", "major": 8, "minor": 0, "fileMode": 384,
                 "uid": 0, "gid": 0}],
    "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]})"));
}

TEST_F(OciBundle, FindsANamespaceThatIsSharedOnTheStage) {
  plan_.cgroup_namespace = false;
  for (const PidNamespace where : {PidNamespace::kPod, PidNamespace::kTarget}) {
    plan_.pid_namespace = where;
    EXPECT_EQ(Format()["linux"]["namespaces"],
              Parse(R"([{"type": "mount"}, {"type": "pid", "path": "/run/pod/root/pid"}])"));
  }
  plan_.pid_namespace = PidNamespace::kHost;
  EXPECT_EQ(Format()["linux"]["namespaces"], Parse(R"([{"type": "mount"}])"));
}

TEST_F(OciBundle, FindsTheUserNamespaceOnTheStage) {
  ids_ = {.first = 200000, .count = 65536};
  const Json linux_section = Format()["linux"];
  EXPECT_EQ(linux_section["namespaces"][0],
            Parse(R"({"type": "user", "path": "/run/pod/root/user"})"));
  for (const char* mappings : {"uidMappings", "gidMappings"}) {
    EXPECT_EQ(linux_section[mappings],
              Parse(R"([{"containerID": 0, "hostID": 200000, "size": 65536}])"));
  }
}

TEST_F(OciBundle, HasTheHooks) {
  plan_.hooks = {{"/bin/hook", {"hook", "a"}, {"A=b"}, 5}, {"/bin/other", {"other"}, {}}};
  EXPECT_EQ(Format()["hooks"], Parse(R"({"createContainer": [
    {"path": "/bin/hook", "args": ["hook", "a"], "env": ["A=b"], "timeout": 5},
    {"path": "/bin/other", "args": ["other"], "env": []}]})"));
}

TEST_F(OciBundle, OfHooksSaysWhatTheContainerIs) {
  plan_.process.arguments = {"run", "it"};
  plan_.process.uid = 7;
  plan_.root.read_only = true;
  plan_.mounts.resize(2);
  plan_.mounts[0].source = "/source";
  plan_.mounts[0].destination = "/data";
  plan_.mounts[1].kind = MountKind::kFilesystem;
  plan_.mounts[1].source = "proc";
  plan_.mounts[1].destination = "/proc";
  plan_.devices = {{"/dev/x", "/dev/y", true, 8, 1}};
  const Json config =
      Json::parse(FormatHookBundle(plan_, "/run/pod/root"), nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(config["root"], Parse(R"({"path": "/run/pod/root", "readonly": true})"));
  EXPECT_EQ(config["process"]["args"], Json::array({"run", "it"}));
  EXPECT_EQ(config["process"]["user"]["uid"], 7);
  EXPECT_EQ(config["mounts"][0],
            Parse(R"({"destination": "/data", "type": "bind", "source": "/source"})"));
  EXPECT_EQ(config["mounts"][1]["type"], "proc");
  EXPECT_EQ(config["linux"]["devices"][0]["path"], "/dev/x");
  EXPECT_EQ(config["linux"]["devices"][0]["major"], 8);
}

TEST_F(OciBundle, HasAFilterOnlyWhereThereIsOne) {
  EXPECT_FALSE(Format()["linux"].contains("seccomp"));
  EXPECT_FALSE(Format()["linux"].contains("rootfsPropagation"));
  seccomp_.emplace();
  plan_.root_propagation = 1 << 20;
  EXPECT_EQ(Format()["linux"]["seccomp"]["defaultAction"], "SCMP_ACT_ERRNO");
  EXPECT_EQ(Format()["linux"]["rootfsPropagation"], "rshared");
}

}  // namespace
}  // namespace berth::runtime::oci
