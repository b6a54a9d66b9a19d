// SPDX-License-Identifier: Apache-2.0
#include "cri/validation.h"

#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

v1::PodSandboxConfig GoodPod() {
  v1::PodSandboxConfig config;
  config.mutable_metadata()->set_name("web");
  config.mutable_metadata()->set_namespace_("default");
  config.mutable_metadata()->set_uid("u-1");
  config.set_log_directory("/var/log/pods/x");
  return config;
}

v1::ContainerConfig GoodContainer() {
  v1::ContainerConfig config;
  config.mutable_metadata()->set_name("app");
  config.mutable_image()->set_image("busybox");
  config.set_log_path("app/0.log");
  return config;
}

struct BadPod {
  const char* field;
  std::function<void(v1::PodSandboxConfig&)> spoil;
};

TEST(ValidatePodConfig, AcceptsAPlainPod) {
  EXPECT_TRUE(ValidatePodConfig(GoodPod()).ok());
}

TEST(ValidatePodConfig, NamesTheFieldThatIsWrong) {
  const BadPod cases[] = {
      {"metadata.name", [](auto& c) { c.clear_metadata(); }},
      {"metadata.name", [](auto& c) { c.mutable_metadata()->set_name("a/b"); }},
      {"metadata.name", [](auto& c) { c.mutable_metadata()->set_name(std::string(300, 'a')); }},
      {"metadata.namespace", [](auto& c) { c.mutable_metadata()->clear_namespace_(); }},
      {"metadata.uid", [](auto& c) { c.mutable_metadata()->set_uid("a\n"); }},
      {"annotations",
       [](auto& c) { (*c.mutable_annotations())["a"] = std::string(10 << 20, 'x'); }},
      {"labels", [](auto& c) { (*c.mutable_labels())["a"] = std::string(1 << 20, 'x'); }},
      {"log_directory", [](auto& c) { c.set_log_directory("logs"); }},
      {"log_directory", [](auto& c) { c.set_log_directory("/var/log/../../etc"); }},
      {"log_directory", [](auto& c) { c.set_log_directory(std::string("/var/l\0g", 8)); }},
      {"port_mappings.host_ip", [](auto& c) { c.add_port_mappings()->set_host_ip("1;rm -rf"); }},
      {"security_context.supplemental_groups_policy",
       [](auto& c) {
         c.mutable_linux()->mutable_security_context()->set_supplemental_groups_policy(
             static_cast<v1::SupplementalGroupsPolicy>(99));
       }},
      {"port_mappings.host_port", [](auto& c) { c.add_port_mappings()->set_host_port(70000); }},
      {"port_mappings.container_port", [](auto& c) { c.add_port_mappings()->set_host_port(80); }},
      {"port_mappings.protocol",
       [](auto& c) {
         v1::PortMapping& port = *c.add_port_mappings();
         port.set_container_port(80);
         port.set_protocol(static_cast<v1::Protocol>(9));
       }},
      {"port_mappings",
       [](auto& c) {
         for (int i = 0; i <= kMaxPortMappings; ++i) {
           c.add_port_mappings();
         }
       }},
      {"linux.cgroup_parent",
       [](auto& c) { c.mutable_linux()->set_cgroup_parent(std::string("/a\0b", 4)); }},
      {"linux.cgroup_parent",
       [](auto& c) { c.mutable_linux()->set_cgroup_parent("/" + std::string(256, 'x')); }},
      {"dns_config.servers", [](auto& c) { c.mutable_dns_config()->add_servers("dns.example"); }},
      {"security_context.run_as_user",
       [](auto& c) {
         c.mutable_linux()->mutable_security_context()->mutable_run_as_user()->set_value(-1);
       }},
      {"security_context.supplemental_groups",
       [](auto& c) {
         c.mutable_linux()->mutable_security_context()->add_supplemental_groups(1ll << 31);
       }},
      {"security_context.seccomp",
       [](auto& c) {
         c.mutable_linux()->mutable_security_context()->mutable_seccomp()->set_profile_type(
             static_cast<v1::SecurityProfile::ProfileType>(9));
       }},
  };
  for (const BadPod& bad : cases) {
    v1::PodSandboxConfig config = GoodPod();
    bad.spoil(config);
    const absl::Status status = ValidatePodConfig(config);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.field;
    EXPECT_TRUE(absl::StartsWith(status.message(), bad.field)) << status.message();
  }
}

struct BadContainer {
  const char* field;
  std::function<void(v1::ContainerConfig&)> spoil;
};

TEST(ValidateContainerConfig, AcceptsAPlainContainer) {
  EXPECT_TRUE(ValidateContainerConfig(GoodContainer()).ok());
}

TEST(ValidateContainerConfig, AcceptsAsMuchEnvironmentAsLinux) {
  v1::ContainerConfig config = GoodContainer();
  for (int i = 0; i < 10; ++i) {
    config.add_envs()->set_value(std::string(kMaxArgumentSize - 2, 'a'));
  }
  EXPECT_TRUE(ValidateContainerConfig(config).ok());
}

TEST(ValidateContainerConfig, NamesTheFieldThatIsWrong) {
  const BadContainer cases[] = {
      {"metadata.name", [](auto& c) { c.clear_metadata(); }},
      {"image.image", [](auto& c) { c.clear_image(); }},
      {"args", [](auto& c) { c.add_args(std::string(kMaxArgumentSize, 'a')); }},
      {"envs", [](auto& c) { c.add_envs()->set_value(std::string(kMaxArgumentSize - 1, 'a')); }},
      {"command",
       [](auto& c) {
         for (size_t i = 0; i * kMaxArgumentSize < kMaxArgumentsSize; ++i) {
           c.add_command(std::string(kMaxArgumentSize - 1, 'a'));
         }
       }},
      {"security_context.supplemental_groups_policy",
       [](auto& c) {
         c.mutable_linux()->mutable_security_context()->set_supplemental_groups_policy(
             static_cast<v1::SupplementalGroupsPolicy>(99));
       }},
      {"mounts.container_path", [](auto& c) { c.add_mounts()->set_host_path("/tmp"); }},
      {"mounts.container_path", [](auto& c) { c.add_mounts()->set_container_path("/a/../b"); }},
      {"mounts.host_path",
       [](auto& c) {
         v1::Mount& mount = *c.add_mounts();
         mount.set_container_path("/m");
         mount.set_host_path("/tmp/..");
       }},
      {"mounts.propagation",
       [](auto& c) {
         v1::Mount& mount = *c.add_mounts();
         mount.set_container_path("/m");
         mount.set_propagation(static_cast<v1::MountPropagation>(9));
       }},
      {"security_context.masked_paths",
       [](auto& c) { c.mutable_linux()->mutable_security_context()->add_masked_paths("/.."); }},
      {"mounts",
       [](auto& c) {
         for (int i = 0; i <= kMaxMounts; ++i) {
           c.add_mounts();
         }
       }},
      {"devices",
       [](auto& c) {
         for (int i = 0; i <= kMaxDevices; ++i) {
           c.add_devices();
         }
       }},
      {"stop_signal", [](auto& c) { c.set_stop_signal(static_cast<v1::Signal>(999)); }},
      {"namespace_options.target_id",
       [](auto& c) {
         c.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_pid(
             v1::TARGET);
       }},
  };
  for (const BadContainer& bad : cases) {
    v1::ContainerConfig config = GoodContainer();
    bad.spoil(config);
    const absl::Status status = ValidateContainerConfig(config);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.field;
    EXPECT_TRUE(absl::StartsWith(status.message(), bad.field)) << status.message();
  }
}

TEST(ValidateContainerConfig, SaysWhatWouldBeRight) {
  v1::ContainerConfig config = GoodContainer();
  config.mutable_linux()->mutable_resources()->set_memory_limit_in_bytes(kMinMemoryLimit);
  EXPECT_TRUE(ValidateContainerConfig(config).ok());
  config.mutable_linux()->mutable_resources()->set_memory_limit_in_bytes(1024);
  EXPECT_EQ(ValidateContainerConfig(config).message(),
            "resources.memory_limit_in_bytes: with 1024 bytes no program can start; at least "
            "262144 are needed");
  config.mutable_metadata()->set_name("a b");
  EXPECT_EQ(ValidateContainerConfig(config).message(),
            "metadata.name: \"a b\" is no name: it may have no space, slash or control character, "
            "and be neither . nor ..");
}

TEST(ValidateId, TakesPrefixesOfHexOnly) {
  EXPECT_TRUE(ValidateId("4f2a", "id").ok());
  for (const char* id : {"", "../x", "4F2A", "xyz", "a b"}) {
    EXPECT_FALSE(ValidateId(id, "id").ok()) << id;
  }
  EXPECT_FALSE(ValidateId(std::string(65, 'a'), "id").ok());
}

TEST(ValidateId, WhatIsLookedUpByWhatIsNoIdIsNotFound) {
  EXPECT_TRUE(ValidateContainerId("4f2a").ok());
  EXPECT_TRUE(ValidatePodId("4f2a").ok());
  EXPECT_EQ(ValidateContainerId("web"), absl::NotFoundError("container \"web\" not found"));
  EXPECT_EQ(ValidatePodId("../\n"), absl::NotFoundError("pod sandbox \"../\\n\" not found"));
  EXPECT_TRUE(absl::IsNotFound(ValidatePodId(std::string(65, 'a'))));
  EXPECT_EQ(ValidateContainerId(""), absl::InvalidArgumentError("container_id: is required"));
  EXPECT_EQ(ValidatePodId(""), absl::InvalidArgumentError("pod_sandbox_id: is required"));
}

TEST(ValidateForeignId, TakesWhatOtherRuntimesMightCallAnObject) {
  for (const char* id : {"4f2a", "1b671a64-40d5-491e-99b0-da01ff1f3341", "k8s_app.1"}) {
    EXPECT_TRUE(ValidateForeignId(id, "id").ok()) << id;
  }
  for (const char* id : {"", "..", "../x", "/etc", "a b", "-a", "a\n"}) {
    EXPECT_FALSE(ValidateForeignId(id, "id").ok()) << id;
  }
  EXPECT_FALSE(ValidateForeignId(std::string(129, 'a'), "id").ok());
}

TEST(ValidateAbsolutePath, TakesWhatTheKernelMightFind) {
  for (const char* path : {"/", "/a", "/a/b..c/", "/a//b"}) {
    EXPECT_TRUE(ValidateAbsolutePath(path, "f").ok()) << path;
  }
  const std::string bad[] = {"",
                             "a",
                             "./a",
                             "/a/..",
                             std::string("/a\0b", 4),
                             "/" + std::string(256, 'a'),
                             "/" + std::string(5000, '/')};
  for (const std::string& path : bad) {
    const absl::Status status = ValidateAbsolutePath(path, "f");
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << path;
    EXPECT_TRUE(absl::StartsWith(status.message(), "f: ")) << status;
  }
}

TEST(ValidateFilter, NamesTheConditionThatIsWrong) {
  v1::ContainerFilter filter;
  EXPECT_TRUE(ValidateFilter(filter).ok());
  filter.set_pod_sandbox_id("../x");
  EXPECT_EQ(ValidateFilter(filter).message(), "filter.pod_sandbox_id: not an id: \"../x\"");
  filter.set_pod_sandbox_id("4f2a");
  filter.mutable_state()->set_state(static_cast<v1::ContainerState>(9));
  EXPECT_EQ(ValidateFilter(filter).message(), "filter.state: is unknown");
  v1::PodSandboxFilter pods;
  pods.set_id("/");
  EXPECT_EQ(ValidateFilter(pods).message(), "filter.id: not an id: \"/\"");
  v1::PodSandboxStatsFilter stats;
  (*stats.mutable_label_selector())["a"] = std::string(kMaxLabelsSize, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateFilter(stats)));
}

TEST(ValidateCommand, TakesWhatExecveTakes) {
  google::protobuf::RepeatedPtrField<std::string> command;
  EXPECT_EQ(ValidateCommand(command).message(), "cmd: is required");
  *command.Add() = "sh";
  *command.Add() = "";
  EXPECT_TRUE(ValidateCommand(command).ok());
  *command.Add() = std::string("a\0b", 3);
  EXPECT_EQ(ValidateCommand(command).message(), "cmd: has a NUL byte");
  *command.Mutable(2) = std::string(kMaxArgumentSize, 'a');
  EXPECT_FALSE(ValidateCommand(command).ok());
}

TEST(ValidatePodCidr, TakesNetworksOfBothFamilies) {
  for (const char* cidr : {"", "10.0.0.0/16", "10.0.0.0/16,fd00::/64"}) {
    EXPECT_TRUE(ValidatePodCidr(cidr).ok()) << cidr;
  }
  for (const char* cidr : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "fd00::/129", "x/8"}) {
    EXPECT_FALSE(ValidatePodCidr(cidr).ok()) << cidr;
  }
}

}  // namespace
}  // namespace berth::cri
