// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/masquerade.h"

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Removal(const std::string& plugin, const std::string& ips) {
  Attachment attachment;
  attachment.network = "berth";
  attachment.pod_id = "pod";
  attachment.result = Json::parse(
      R"({"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": "/x"}], "ips": )" +
      ips + "}");
  const NetworkConfig network =
      ParseNetworkConfig(R"({"cniVersion": "1.0.0", "name": "berth", "plugins": [)" + plugin + "]}")
          .value();
  std::vector<std::string> lines;
  for (const std::vector<std::string>& command : MasqueradeRemoval(network, attachment)) {
    lines.push_back(absl::StrJoin(command, " "));
  }
  return lines;
}

constexpr char kBridge[] = R"({"type": "bridge", "ipMasq": true})";
constexpr char kBoth[] =
    R"([{"address": "10.1.0.2/16", "interface": 0}, {"address": "fd00::2/64", "interface": 0}])";

TEST(MasqueradeRemoval, TakesWhatBridgeHasMadeForEachFamily) {
  // sha512sum of "berthpod"
  const std::string chain = "CNI-86244aae0418799b6add45eb";
  const std::string comment = " -m comment --comment name: \"berth\" id: \"pod\"";
  EXPECT_THAT(
      Removal(kBridge, kBoth),
      ElementsAre("/usr/sbin/iptables -w -t nat -D POSTROUTING -s 10.1.0.2 -j " + chain + comment,
                  "/usr/sbin/iptables -w -t nat -F " + chain,
                  "/usr/sbin/iptables -w -t nat -X " + chain,
                  "/usr/sbin/ip6tables -w -t nat -D POSTROUTING -s fd00::2 -j " + chain + comment,
                  "/usr/sbin/ip6tables -w -t nat -F " + chain,
                  "/usr/sbin/ip6tables -w -t nat -X " + chain));
}

TEST(MasqueradeRemoval, LeavesAloneWhatIsNotMasqueradedByIptables) {
  EXPECT_THAT(Removal(R"({"type": "bridge"})", kBoth), IsEmpty());
  EXPECT_THAT(Removal(R"({"type": "ptp", "ipMasq": true})", kBoth), IsEmpty());
  EXPECT_THAT(Removal(R"({"type": "bridge", "ipMasq": true, "ipMasqBackend": "nftables"})", kBoth),
              IsEmpty());
  EXPECT_THAT(Removal(kBridge, "[]"), IsEmpty());
}

}  // namespace
}  // namespace berth::runtime
