// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/run_options.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/cli/lookup.h"
#include "cri/log_limit.h"

namespace berth::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

RunOptions Options() {
  RunOptions options;
  options.name = "my_web";
  options.image = "nginx";
  return options;
}

RunSurroundings Surroundings() {
  RunSurroundings surroundings;
  surroundings.working_directory = "/home/me";
  surroundings.log_directory = "/logs/web";
  surroundings.uid = "uid-1";
  surroundings.environment = [](const std::string& name) {
    return name == "SHELL_SET" ? std::optional<std::string>("from the shell") : std::nullopt;
  };
  return surroundings;
}

v1::PodSandboxConfig Pod(const RunOptions& options) {
  const absl::StatusOr<v1::PodSandboxConfig> config = PodConfigOf(options, Surroundings());
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(v1::PodSandboxConfig());
}

v1::ContainerConfig Container(const RunOptions& options) {
  const absl::StatusOr<v1::ContainerConfig> config = ContainerConfigOf(options, Surroundings());
  EXPECT_TRUE(config.ok()) << config.status();
  return config.value_or(v1::ContainerConfig());
}

absl::Status ContainerError(const RunOptions& options) {
  return ContainerConfigOf(options, Surroundings()).status();
}

TEST(PodConfig, IsNamedAndMarked) {
  const v1::PodSandboxConfig pod = Pod(Options());
  EXPECT_EQ(pod.metadata().name(), "my_web");
  EXPECT_EQ(pod.metadata().uid(), "uid-1");
  EXPECT_EQ(pod.log_directory(), "/logs/web");
  EXPECT_EQ(pod.labels().count(kRunLabel), 1U);
  EXPECT_EQ(pod.labels().at("io.kubernetes.pod.name"), "my_web");
  EXPECT_EQ(pod.labels().at("io.kubernetes.pod.uid"), "uid-1");
}

TEST(ContainerConfig, HasALimitOfItsLogWhereNobodyReadsThat) {
  const std::string limit(cri::kLogLimit);
  RunOptions options = Options();
  EXPECT_EQ(Container(options).annotations().count(limit), 0U);
  options.detach = true;
  EXPECT_EQ(Container(options).annotations().at(limit), "104857600");
  options.detach = false;
  options.terminal = true;
  EXPECT_EQ(Container(options).annotations().at(limit), "104857600");
}

TEST(PodConfig, RefusesPortsOfTheHostsNetwork) {
  RunOptions options = Options();
  options.network = "host";
  options.ports = {"80:80"};
  EXPECT_TRUE(absl::IsInvalidArgument(PodConfigOf(options, Surroundings()).status()));
}

TEST(PodConfig, RefusesANameOfItsOwnInTheHostsNetwork) {
  RunOptions options = Options();
  options.network = "host";
  options.hostname = "web";
  EXPECT_TRUE(absl::IsInvalidArgument(PodConfigOf(options, Surroundings()).status()));
}

TEST(PodConfig, MakesAHostnameOfTheName) {
  EXPECT_EQ(Pod(Options()).hostname(), "my-web");
  RunOptions options = Options();
  options.hostname = "other";
  EXPECT_EQ(Pod(options).hostname(), "other");
}

TEST(PodConfig, TakesPorts) {
  RunOptions options = Options();
  options.ports = {"8080:80"};
  ASSERT_EQ(Pod(options).port_mappings_size(), 1);
  EXPECT_EQ(Pod(options).port_mappings(0).host_port(), 8080);
}

TEST(PodConfig, SharesTheHostsNetworkOnRequest) {
  RunOptions options = Options();
  options.network = "host";
  EXPECT_EQ(Pod(options).linux().security_context().namespace_options().network(), v1::NODE);
  EXPECT_EQ(Pod(options).hostname(), "");  // the host's
  EXPECT_EQ(Container(options).linux().security_context().namespace_options().network(), v1::NODE);
}

TEST(PodConfig, RefusesNetworksThatAreNotThere) {
  RunOptions options = Options();
  options.network = "backend";
  EXPECT_TRUE(absl::IsInvalidArgument(PodConfigOf(options, Surroundings()).status()));
}

TEST(ContainerConfig, PassesArgumentsWithTheImagesEntrypoint) {
  RunOptions options = Options();
  options.command = {"sh", "-c", "true"};
  EXPECT_THAT(Container(options).command(), IsEmpty());
  EXPECT_THAT(Container(options).args(), ElementsAre("sh", "-c", "true"));
  options.entrypoint = "/bin/env";
  EXPECT_THAT(Container(options).command(), ElementsAre("/bin/env"));
}

TEST(ContainerConfig, PassesVariablesOn) {
  RunOptions options = Options();
  options.environment = {"A=1=2", "SHELL_SET", "SHELL_UNSET", "EMPTY="};
  const v1::ContainerConfig config = Container(options);
  ASSERT_EQ(config.envs_size(), 3);
  EXPECT_EQ(config.envs(0).value(), "1=2");
  EXPECT_EQ(config.envs(1).value(), "from the shell");
  EXPECT_EQ(config.envs(2).key(), "EMPTY");
  options.environment = {"=x"};
  EXPECT_TRUE(absl::IsInvalidArgument(ContainerError(options)));
}

TEST(ContainerConfig, HasAnnotationsOverItsOwn) {
  RunOptions options = Options();
  options.detach = true;
  options.annotations = {"a/b=c=d", "none", std::string(cri::kLogLimit) + "=5"};
  const v1::ContainerConfig config = Container(options);
  EXPECT_EQ(config.annotations().at("a/b"), "c=d");
  EXPECT_EQ(config.annotations().at("none"), "");
  EXPECT_EQ(config.annotations().at(std::string(cri::kLogLimit)), "5");
  options.annotations = {"=x"};
  EXPECT_TRUE(absl::IsInvalidArgument(ContainerError(options)));
}

TEST(ConnectedOf, IsWhatDockerConnects) {
  const auto connected = [](const RunOptions& options) {
    const ConnectedStreams streams = ConnectedOf(options);
    return std::string(streams.input ? "i" : "") + (streams.output ? "o" : "") +
           (streams.error ? "e" : "");
  };
  RunOptions options = Options();
  EXPECT_EQ(connected(options), "oe");
  options.interactive = true;
  EXPECT_EQ(connected(options), "ioe");
  options.engine.attached = {"stderr"};
  EXPECT_EQ(connected(options), "ie");
  options.interactive = false;
  EXPECT_EQ(connected(options), "e");
  options.engine.attached = {"stdin", "stdout"};
  EXPECT_EQ(connected(options), "io");
  options.engine.attached.clear();
  options.detach = options.interactive = true;
  EXPECT_EQ(connected(options), "");
}

TEST(ContainerConfig, LimitsResources) {
  RunOptions options = Options();
  options.memory = "64m";
  options.cpus = "0.5";
  const v1::LinuxContainerResources resources = Container(options).linux().resources();
  EXPECT_EQ(resources.memory_limit_in_bytes(), 64 << 20);
  EXPECT_EQ(resources.cpu_quota(), 50000);
  EXPECT_EQ(resources.cpu_period(), 100000);
  options.memory = "1k";
  EXPECT_THAT(ContainerError(options).message(),
              testing::HasSubstr("Minimum memory limit allowed is 6MB"));
  options.memory = "much";
  EXPECT_TRUE(absl::IsInvalidArgument(ContainerError(options)));
}

TEST(ContainerConfig, TakesUsersByNameAndNumber) {
  RunOptions options = Options();
  options.user = "app";
  EXPECT_EQ(Container(options).linux().security_context().run_as_username(), "app");
  options.user = "1000:2000";
  EXPECT_EQ(Container(options).linux().security_context().run_as_user().value(), 1000);
  EXPECT_EQ(Container(options).linux().security_context().run_as_group().value(), 2000);
  for (const char* wrong : {":5", "app:staff"}) {
    options.user = wrong;
    EXPECT_TRUE(absl::IsInvalidArgument(ContainerError(options))) << wrong;
  }
}

TEST(ContainerConfig, IsConfinedUnlessPrivileged) {
  RunOptions options = Options();
  const v1::ContainerConfig confined = Container(options);
  const v1::LinuxContainerSecurityContext& context = confined.linux().security_context();
  EXPECT_EQ(context.seccomp().profile_type(), v1::SecurityProfile::RuntimeDefault);
  EXPECT_THAT(context.masked_paths(), Contains("/proc/kcore"));
  EXPECT_THAT(context.readonly_paths(), Contains("/proc/sys"));
  options.privileged = true;
  const v1::ContainerConfig privileged = Container(options);
  EXPECT_THAT(privileged.linux().security_context().masked_paths(), IsEmpty());
  EXPECT_EQ(privileged.linux().security_context().seccomp().profile_type(),
            v1::SecurityProfile::Unconfined);
}

TEST(ContainerConfig, TakesLabelsVolumesAndCapabilities) {
  RunOptions options = Options();
  options.labels = {"tier=front", "bare"};
  options.volumes = {"./site:/srv:ro"};
  options.add_capabilities = {"NET_ADMIN"};
  options.drop_capabilities = {"ALL"};
  const v1::ContainerConfig config = Container(options);
  EXPECT_EQ(config.labels().at("tier"), "front");
  EXPECT_EQ(config.labels().at("bare"), "");
  EXPECT_EQ(config.labels().at("io.kubernetes.container.name"), "my_web");
  EXPECT_EQ(config.mounts(0).host_path(), "/home/me/site");
  const v1::Capability& capabilities = config.linux().security_context().capabilities();
  EXPECT_THAT(capabilities.add_capabilities(), ElementsAre("NET_ADMIN"));
  EXPECT_THAT(capabilities.drop_capabilities(), ElementsAre("ALL"));
}

}  // namespace
}  // namespace berth::cli
