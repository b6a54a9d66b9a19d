// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_result.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr CniVersion kCni020 = {0, 2, 0};
constexpr CniVersion kCni031 = {0, 3, 1};

const Json& Result110() {
  static const Json& json = *new Json(Json::parse(R"({
    "cniVersion": "1.1.0",
    "interfaces": [{"name": "cni0", "mac": "aa:bb"},
                   {"name": "eth0", "mac": "cc:dd", "sandbox": "/run/netns/a", "mtu": 1400,
                    "socketPath": "/s", "pciID": "0000:00:1f.6"}],
    "ips": [{"address": "fd00::5/64", "gateway": "fd00::1", "interface": 1},
            {"address": "10.1.0.5/16", "gateway": "10.1.0.1", "interface": 1}],
    "routes": [{"dst": "0.0.0.0/0", "gw": "10.1.0.1", "mtu": 1300, "advmss": 1260, "priority": 10,
                "table": 7, "scope": 253},
               {"dst": "::/0"}],
    "dns": {"nameservers": ["10.1.0.1"]}})"));
  return json;
}

Json Converted(const Json& json, const CniVersion& version) {
  auto result = ConvertCniResult(json, version);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(Json());
}

TEST(CniResult, HasNotMoreThanPluginsCanWorkOff) {
  for (const char* key : {"interfaces", "ips", "routes"}) {
    Json json = Result110();
    while (json[key].size() <= kMaxCniResultEntries) {
      EXPECT_TRUE(ParseCniResult(json, kCni110).ok()) << json[key].size();
      json[key].push_back(json[key][0]);
    }
    EXPECT_FALSE(ParseCniResult(json, kCni110).ok()) << key;
  }
}

TEST(CniResult, PassesTheSameVersionUnchanged) {
  Json json = Result110();
  json["unknown"] = 1;
  EXPECT_EQ(Converted(json, kCni110), json);
}

TEST(CniResult, AResultWithoutVersionIsOfTheNetworks) {
  Json json = Result110();
  json.erase("cniVersion");
  EXPECT_EQ(Converted(json, kCni110), Result110());
}

TEST(CniResult, LeavesOutWhatAnOlderVersionCannotSay) {
  EXPECT_EQ(Converted(Result110(), kCni100), Json::parse(R"({
    "cniVersion": "1.0.0",
    "interfaces": [{"name": "cni0", "mac": "aa:bb"},
                   {"name": "eth0", "mac": "cc:dd", "sandbox": "/run/netns/a"}],
    "ips": [{"address": "fd00::5/64", "gateway": "fd00::1", "interface": 1},
            {"address": "10.1.0.5/16", "gateway": "10.1.0.1", "interface": 1}],
    "routes": [{"dst": "0.0.0.0/0", "gw": "10.1.0.1"}, {"dst": "::/0"}],
    "dns": {"nameservers": ["10.1.0.1"]}})"));
}

TEST(CniResult, NamesTheIpVersionBefore1) {
  const Json json = Converted(Result110(), kCni031);
  EXPECT_EQ(json["cniVersion"], "0.3.1");
  EXPECT_EQ(json["ips"][0]["version"], "6");
  EXPECT_EQ(json["ips"][1]["version"], "4");
  EXPECT_EQ(json["ips"][1]["interface"], 1);
}

TEST(CniResult, KeepsOneAddressAFamilyBefore03) {
  EXPECT_EQ(Converted(Result110(), kCni020), Json::parse(R"({
    "cniVersion": "0.2.0",
    "ip4": {"ip": "10.1.0.5/16", "gateway": "10.1.0.1",
            "routes": [{"dst": "0.0.0.0/0", "gw": "10.1.0.1"}]},
    "ip6": {"ip": "fd00::5/64", "gateway": "fd00::1", "routes": [{"dst": "::/0"}]},
    "dns": {"nameservers": ["10.1.0.1"]}})"));
}

TEST(CniResult, ReadsTheOldForm) {
  const Json old = Json::parse(R"({
    "cniVersion": "0.2.0",
    "ip4": {"ip": "10.0.0.2/24", "gateway": "10.0.0.1", "routes": [{"dst": "10.9.0.0/16"}]}, "ip6": null})");
  EXPECT_EQ(Converted(old, kCni100), Json::parse(R"({
    "cniVersion": "1.0.0", "ips": [{"address": "10.0.0.2/24", "gateway": "10.0.0.1"}],
    "routes": [{"dst": "10.9.0.0/16"}]})"));
  auto result = ParseCniResult(old, kCni100);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(AddressesOf(*result, "eth0"), ElementsAre("10.0.0.2"));
}

TEST(CniResult, TheOldFormNeedsAnAddress) {
  EXPECT_TRUE(absl::IsFailedPrecondition(
      ConvertCniResult(Json::parse(R"({"cniVersion": "1.0.0"})"), kCni020).status()));
}

TEST(CniResult, RefusesWhatIsMalformed) {
  for (const char* text :
       {"[]", "1", R"({"cniVersion": "7.0.0"})", R"({"cniVersion": "x"})", R"({"ips": [{}]})",
        R"({"ips": [{"address": "10.0.0.1"}]})", R"({"ips": [{"address": "10.0.0.1/33"}]})",
        R"({"ips": [{"address": "fd00::/129"}]})", R"({"ips": [{"address": "host/8"}]})",
        R"({"ips": [{"address": "10.0.0.1/8", "gateway": "x"}]})",
        R"({"ips": [{"address": "10.0.0.1/8", "interface": 0}]})",
        R"({"interfaces": [{"name": "a"}], "ips": [{"address": "10.0.0.1/8", "interface": -1}]})",
        R"({"routes": [{"dst": "all"}]})", R"({"routes": [3]})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCniResult(Json::parse(text), kCni100).status()))
        << text;
  }
}

std::vector<std::string> Addresses(const char* text) {
  auto result = ParseCniResult(Json::parse(text), kCni100);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? AddressesOf(*result, "eth0") : std::vector<std::string>();
}

TEST(CniResult, TakesTheAddressesOfThePodsInterfaceIpv4First) {
  auto result = ParseCniResult(Result110(), kCni110);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(AddressesOf(*result, "eth0"), ElementsAre("10.1.0.5", "fd00::5"));
}

TEST(CniResult, IgnoresAddressesOfOtherInterfaces) {
  EXPECT_THAT(Addresses(R"({"interfaces": [{"name": "cni0"}, {"name": "eth0", "sandbox": "/n"},
                                           {"name": "net1", "sandbox": "/n"}],
                            "ips": [{"address": "10.0.0.1/8", "interface": 0},
                                    {"address": "10.0.0.2/8", "interface": 2},
                                    {"address": "10.0.0.3/8", "interface": 1}]})"),
              ElementsAre("10.0.0.3"));
}

TEST(CniResult, TakesAddressesThatNameNoInterface) {
  EXPECT_THAT(
      Addresses(R"({"interfaces": [{"name": "cali1"}], "ips": [{"address": "10.0.0.2/32"}]})"),
      ElementsAre("10.0.0.2"));
}

TEST(CniResult, TakesAnotherNameInTheSandboxBeforeTheNameOutsideIt) {
  EXPECT_THAT(Addresses(R"({"interfaces": [{"name": "eth0"}, {"name": "ens1", "sandbox": "/n"}],
                            "ips": [{"address": "10.0.0.1/8", "interface": 0},
                                    {"address": "10.0.0.2/8", "interface": 1}]})"),
              ElementsAre("10.0.0.2"));
  EXPECT_THAT(Addresses(R"({"interfaces": [{"name": "eth0"}],
                            "ips": [{"address": "10.0.0.1/8", "interface": 0}]})"),
              ElementsAre("10.0.0.1"));
  EXPECT_THAT(Addresses(R"({"interfaces": [{"name": "veth1"}],
                            "ips": [{"address": "10.0.0.1/8", "interface": 0}]})"),
              IsEmpty());
}

}  // namespace
}  // namespace berth::runtime
