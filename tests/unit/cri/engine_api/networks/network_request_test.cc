// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_request.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<Network> Read(const std::string& text) {
  return ReadNetworkRequest(*ParseJson(text, 1 << 20));
}

TEST(NetworkRequest, IsReadWhole) {
  const auto network = Read(R"({"Name":"front","Driver":"bridge","Internal":true,"EnableIPv6":true,
    "Labels":{"a":"b"},"Options":{"com.docker.network.driver.mtu":"1400"},"CheckDuplicate":true,
    "IPAM":{"Driver":"default","Config":[{"Subnet":"10.5.0.0/16","IPRange":"10.5.1.0/24",
    "Gateway":"10.5.0.254"},{"Subnet":"fd00:5::/64"}]}})");
  ASSERT_THAT(network, IsOk());
  EXPECT_TRUE(network->internal && network->enable_ipv6 && network->is_bridge());
  ASSERT_EQ(network->subnets.size(), 2u);
  EXPECT_EQ(network->subnets[0].gateway.str(), "10.5.0.254");
  EXPECT_EQ(network->subnets[0].range->str(), "10.5.1.0/24");
  EXPECT_EQ(network->subnets[1].gateway.str(), "fd00:5::1");
  EXPECT_EQ(network->mtu(), 1400);
  EXPECT_THAT(Read(R"({"Name":"a","IPAM":{"Config":[{}]}})"), IsOk());
}

TEST(NetworkRequest, RefusesInDockersWords) {
  const struct {
    const char* text;
    absl::StatusCode code;
    const char* words;
  } kCases[] = {
      {"{}", absl::StatusCode::kInvalidArgument, "name is empty"},
      {R"({"Name":"a b"})", absl::StatusCode::kInvalidArgument, "invalid network name"},
      {R"({"Name":1})", absl::StatusCode::kInvalidArgument, "Name must be a string"},
      {R"({"Name":"a","Driver":"overlay"})", absl::StatusCode::kNotFound,
       "could not find plugin overlay"},
      {R"({"Name":"a","Driver":"host"})", absl::StatusCode::kPermissionDenied,
       "only one instance of \"host\""},
      {R"({"Name":"a","Scope":"swarm"})", absl::StatusCode::kInvalidArgument,
       "invalid scope \"swarm\""},
      {R"({"Name":"a","EnableIPv4":false})", absl::StatusCode::kInvalidArgument, "not supported"},
      {R"({"Name":"a","IPAM":{"Driver":"x"}})", absl::StatusCode::kNotFound, "IPAM plugin"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"x"}]}})", absl::StatusCode::kInvalidArgument,
       "invalid CIDR address: x"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.99.1.1/24"}]}})",
       absl::StatusCode::kInvalidArgument,
       "invalid subnet 10.99.1.1/24: it should be 10.99.1.0/24"},
      {R"({"Name":"a","ConfigFrom":{"Network":"b"}})", absl::StatusCode::kNotFound,
       "configuration network \"b\" not found"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/31"}]}})",
       absl::StatusCode::kInvalidArgument, "no room"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/24","Gateway":"10.0.1.1"}]}})",
       absl::StatusCode::kInvalidArgument, "no matching subnet for gateway 10.0.1.1"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/24","Gateway":"10.0.0.0"}]}})",
       absl::StatusCode::kInvalidArgument, "no matching subnet for gateway 10.0.0.0"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/24","Gateway":"10.0.0.255"}]}})",
       absl::StatusCode::kInvalidArgument, "no matching subnet for gateway 10.0.0.255"},
      {R"({"Name":"a","IPAM":{"Config":[{"Gateway":"10.0.0.1"}]}})",
       absl::StatusCode::kInvalidArgument, "no matching subnet for gateway 10.0.0.1"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"127.5.0.0/24"}]}})",
       absl::StatusCode::kInvalidArgument, "its addresses are not for hosts"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"224.0.0.0/8"}]}})",
       absl::StatusCode::kInvalidArgument, "its addresses are not for hosts"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/24","IPRange":"10.0.0.0/16"}]}})",
       absl::StatusCode::kInvalidArgument, "no matching subnet for range"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/24"},{"Subnet":"10.1.0.0/24"}]}})",
       absl::StatusCode::kInvalidArgument, "multiple subnets"},
      {R"({"Name":"a","IPAM":{"Config":[{"Subnet":"10.0.0.0/24","AuxiliaryAddresses":{"r":"10.0.0.9"}}]}})",
       absl::StatusCode::kInvalidArgument, "auxiliary addresses"},
      {R"({"Name":"a","IPAM":{"Config":[1]}})", absl::StatusCode::kInvalidArgument,
       "IPAM.Config must be"},
      {R"({"Name":"a","Options":{"com.docker.network.bridge.name":"../x"}})",
       absl::StatusCode::kInvalidArgument, "invalid bridge name"},
      {R"({"Name":"a","Options":{"com.docker.network.bridge.enable_icc":"perhaps"}})",
       absl::StatusCode::kInvalidArgument, "invalid value for"},
      {R"({"Name":"a","Options":{"com.docker.network.driver.mtu":"1"}})",
       absl::StatusCode::kInvalidArgument, "invalid MTU"},
  };
  for (const auto& [text, code, words] : kCases) {
    EXPECT_THAT(Read(text), StatusIs(code, HasSubstr(words))) << text;
  }
}

TEST(NetworkRequest, GetsTheSubnetsItLacks) {
  const AddressPool pools[] = {*ParseAddressPool("172.18.0.0/15:16")};
  Network network = MakeNetwork("front");
  network.subnets.clear();
  network.enable_ipv6 = true;
  const auto made = WithSubnets(network, pools, {*ParseIpPrefix("172.18.3.0/24")});
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->ipv4()->prefix.str(), "172.19.0.0/16");
  EXPECT_EQ(made->ipv4()->gateway.str(), "172.19.0.1");
  EXPECT_EQ(made->subnets[1].prefix.str(), "fdaa:aaaa:aaaa::/64");
  EXPECT_THAT(WithSubnets(network, pools, {*ParseIpPrefix("172.16.0.0/12")}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("fully subnetted")));
  EXPECT_THAT(WithSubnets(MakeNetwork("a"), pools, {*ParseIpPrefix("172.18.0.0/24")}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Pool overlaps")));
}

}  // namespace
}  // namespace berth::cri
