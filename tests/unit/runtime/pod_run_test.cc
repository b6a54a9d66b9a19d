// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_run.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

TEST(MakeAttachmentRequest, CarriesWhatCniIsToldOfAPod) {
  PodRecord record;
  record.id = "id";
  record.config.mutable_metadata()->set_name("web");
  record.config.mutable_metadata()->set_namespace_("default");
  record.config.mutable_metadata()->set_uid("uid");
  (*record.config.mutable_annotations())["kubernetes.io/ingress-bandwidth"] = "1M";
  record.config.mutable_dns_config()->add_servers("10.0.0.10");
  record.config.mutable_dns_config()->add_searches("cluster.local");
  record.config.mutable_dns_config()->add_options("ndots:5");
  record.config.mutable_linux()->set_cgroup_parent("/kubepods/podX");
  const AttachmentRequest request = MakeAttachmentRequest(Pod(record, "/state/id"), 12);
  EXPECT_EQ(request.pod_id, "id");
  EXPECT_EQ(request.pod_name, "web");
  EXPECT_EQ(request.pod_namespace, "default");
  EXPECT_EQ(request.pod_uid, "uid");
  EXPECT_EQ(request.namespace_path, "/proc/12/ns/net");
  EXPECT_EQ(request.annotations.at("kubernetes.io/ingress-bandwidth"), "1M");
  EXPECT_THAT(request.dns_servers, ElementsAre("10.0.0.10"));
  EXPECT_THAT(request.dns_searches, ElementsAre("cluster.local"));
  EXPECT_THAT(request.dns_options, ElementsAre("ndots:5"));
  EXPECT_EQ(request.cgroup_parent, "/kubepods/podX");
}

TEST(MakeAttachmentRequest, MapsOnlyPortsOfTheHost) {
  PodRecord record;
  v1::PortMapping* mapped = record.config.add_port_mappings();
  mapped->set_protocol(v1::UDP);
  mapped->set_container_port(53);
  mapped->set_host_port(5353);
  mapped->set_host_ip("127.0.0.1");
  record.config.add_port_mappings()->set_container_port(80);
  const AttachmentRequest request = MakeAttachmentRequest(Pod(record, ""), 12);
  ASSERT_EQ(request.port_mappings.size(), 1u);
  EXPECT_EQ(request.port_mappings[0].protocol, "udp");
  EXPECT_EQ(request.port_mappings[0].host_port, 5353);
  EXPECT_EQ(request.port_mappings[0].container_port, 53);
  EXPECT_EQ(request.port_mappings[0].host_ip, "127.0.0.1");
}

}  // namespace
}  // namespace berth::runtime
