// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_ports.h"

#include <memory>

#include "gmock/gmock.h"

#include "runtime/pod.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

v1::PodSandboxConfig Publishing(int port, const std::string& ip = "",
                                v1::Protocol protocol = v1::TCP) {
  v1::PodSandboxConfig config;
  config.mutable_metadata()->set_name("web");
  config.mutable_metadata()->set_namespace_("default");
  v1::PortMapping& mapping = *config.add_port_mappings();
  mapping.set_host_port(port);
  mapping.set_container_port(80);
  mapping.set_host_ip(ip);
  mapping.set_protocol(protocol);
  return config;
}

std::shared_ptr<Pod> Attached(const v1::PodSandboxConfig& config, PodOwner owner = PodOwner::kCri) {
  PodRecord record;
  record.id = "id";
  record.config = config;
  record.extras.owner = owner;
  record.state.attached = true;
  return std::make_shared<Pod>(record, "/state/id");
}

TEST(HostPorts, OnePodHasAPort) {
  const auto pod = Attached(Publishing(8080));
  EXPECT_THAT(RefusalOf(*FindHeldPort(Publishing(8080), {pod})),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             "port_mappings: the host port 8080/tcp is taken by the pod "
                             "default/web"));
  EXPECT_FALSE(FindHeldPort(Publishing(8081), {pod}).has_value());
  EXPECT_FALSE(FindHeldPort(Publishing(8080, "", v1::UDP), {pod}).has_value());
  EXPECT_FALSE(FindHeldPort(Publishing(0), {Attached(Publishing(0))}).has_value());
  pod->Change([](PodState& state) { state.attached = false; });
  EXPECT_FALSE(FindHeldPort(Publishing(8080), {pod}).has_value());
}

TEST(HostPorts, AContainerOfDockersIsCalledSo) {
  const auto pod = Attached(Publishing(8080, "127.0.0.1"), PodOwner::kEngine);
  EXPECT_THAT(std::string(RefusalOf(*FindHeldPort(Publishing(8080, "0.0.0.0"), {pod})).message()),
              ::testing::EndsWith("0.0.0.0:8080/tcp is taken by the container web"));
}

TEST(HostPorts, ThoseOfTheNodesNetworkAreNone) {
  v1::PodSandboxConfig config = Publishing(8080);
  config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_network(
      v1::NODE);
  EXPECT_FALSE(FindHeldPort(config, {Attached(Publishing(8080))}).has_value());
}

TEST(HostAddressesOverlap, AllOfAKindHasEach) {
  EXPECT_TRUE(HostAddressesOverlap("", "10.0.0.1"));
  EXPECT_TRUE(HostAddressesOverlap("::1", ""));
  EXPECT_TRUE(HostAddressesOverlap("0.0.0.0", "10.0.0.1"));
  EXPECT_TRUE(HostAddressesOverlap("::1", "::"));
  EXPECT_FALSE(HostAddressesOverlap("0.0.0.0", "::1"));
  EXPECT_FALSE(HostAddressesOverlap("::", "10.0.0.1"));
  EXPECT_FALSE(HostAddressesOverlap("10.0.0.1", "10.0.0.2"));
}

}  // namespace
}  // namespace berth::runtime
