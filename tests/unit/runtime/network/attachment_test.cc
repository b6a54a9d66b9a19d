// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/attachment.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

AttachmentRequest Request() {
  AttachmentRequest request;
  request.pod_id = "abc";
  request.pod_name = "web";
  request.pod_namespace = "default";
  request.pod_uid = "u-1";
  return request;
}

TEST(Attachment, PassesThePodsNames) {
  auto arguments = PodArguments(Request());
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(FormatArguments(*arguments),
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;"
            "K8S_POD_INFRA_CONTAINER_ID=abc;K8S_POD_UID=u-1");
}

TEST(Attachment, RefusesNamesThatWouldForgeArguments) {
  for (const std::string& name : {std::string("a;K8S_POD_UID=x"), std::string("a=b"),
                                  std::string("a\nb"), std::string(2000, 'a')}) {
    AttachmentRequest request = Request();
    request.pod_name = name;
    EXPECT_TRUE(absl::IsInvalidArgument(PodArguments(request).status()));
  }
}

TEST(Attachment, SaysNothingForAPlainPod) {
  EXPECT_EQ(*CapabilityArguments(Request()), Json::object());
}

TEST(Attachment, FillsTheCapabilities) {
  AttachmentRequest request = Request();
  request.port_mappings = {
      {8080, 80, "TCP", ""}, {0, 443, "tcp", ""}, {53, 53, "udp", "127.0.0.1"}};
  request.annotations = {{"kubernetes.io/ingress-bandwidth", "1M"},
                         {"kubernetes.io/egress-bandwidth", "2M"}};
  request.dns_servers = {"10.0.0.10"};
  request.dns_searches = {"svc.cluster.local"};
  request.cgroup_parent = "/kubepods/pod1";
  auto arguments = CapabilityArguments(request);
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(*arguments, Json::parse(R"({
    "portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
                     {"hostPort": 53, "containerPort": 53, "protocol": "udp", "hostIP": "127.0.0.1"}],
    "bandwidth": {"ingressRate": 1000000, "ingressBurst": 4294967295,
                  "egressRate": 2000000, "egressBurst": 4294967295},
    "dns": {"servers": ["10.0.0.10"], "searches": ["svc.cluster.local"]},
    "cgroupPath": "/kubepods/pod1",
    "io.kubernetes.cri.pod-annotations": {"kubernetes.io/ingress-bandwidth": "1M",
                                          "kubernetes.io/egress-bandwidth": "2M"}})"));
}

TEST(Attachment, OneDirectionOfBandwidthIsEnough) {
  AttachmentRequest request = Request();
  request.annotations = {{"kubernetes.io/egress-bandwidth", "8k"}};
  EXPECT_EQ((*CapabilityArguments(request))["bandwidth"],
            Json::parse(R"({"egressRate": 8000, "egressBurst": 4294967295})"));
}

TEST(Attachment, RefusesMalformedBandwidthAndPorts) {
  AttachmentRequest request = Request();
  request.annotations = {{"kubernetes.io/ingress-bandwidth", "fast"}};
  EXPECT_EQ(CapabilityArguments(request).status().message(),
            "kubernetes.io/ingress-bandwidth: \"fast\" is no quantity");
  for (auto [host, container] : {std::pair(70000, 80), std::pair(80, 0), std::pair(80, 70000)}) {
    AttachmentRequest ports = Request();
    ports.port_mappings = {{host, container, "tcp", ""}};
    EXPECT_TRUE(absl::IsInvalidArgument(CapabilityArguments(ports).status()));
  }
}

}  // namespace
}  // namespace berth::runtime
