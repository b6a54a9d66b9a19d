// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_isolation.h"

#include <sys/mount.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

#include "tests/support/host_command.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kStage2[] = "CNI-ISOLATION-STAGE-2";

KERNEL_TEST(NetworkIsolation, WhoIsKeptApartIsIsolatedInItsBridge) {
  ASSERT_EQ(mount("sysfs", "/sys", "sysfs", 0, nullptr), 0);  // of this network namespace
  const Network network = MakeNetwork("front");
  EXPECT_FALSE(KeepApart(network).ok()) << "there is no bridge";
  test::RunOnHost({"/usr/sbin/ip", "link", "add", network.bridge(), "type", "bridge"});
  EXPECT_THAT(KeepApart(network), IsOk());
  for (const char* port : {"one", "two"}) {
    test::RunOnHost({"/usr/sbin/ip", "link", "add", port, "type", "veth"});
    test::RunOnHost({"/usr/sbin/ip", "link", "set", port, "master", network.bridge()});
  }
  EXPECT_THAT(KeepApart(network), IsOk());
  for (const char* port : {"one", "two"}) {
    EXPECT_THAT(test::RunOnHost({"/usr/sbin/ip", "-d", "link", "show", port}),
                HasSubstr("isolated on"));
  }
}

std::vector<std::string> Rules() {
  std::vector<std::string> rules;
  for (const absl::string_view line : absl::StrSplit(
           test::RunOnHost({"/usr/sbin/iptables", "-S", kStage2}), '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "-A")) {
      rules.emplace_back(line);
    }
  }
  return rules;
}

KERNEL_TEST(NetworkIsolation, PublishedPortsComeFirstAndOnce) {
  EXPECT_FALSE(LetPublishedThrough(false).ok()) << "there are no networks";
  test::RunOnHost({"/usr/sbin/iptables", "-N", kStage2});
  const auto ours = HasSubstr("--ctstate DNAT");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(LetPublishedThrough(false), IsOk());
    EXPECT_THAT(Rules(), ElementsAre(ours));
  }
  test::RunOnHost({"/usr/sbin/iptables", "-I", kStage2, "-o", "br-new", "-j", "DROP"});
  EXPECT_THAT(LetPublishedThrough(false), IsOk());
  EXPECT_THAT(Rules(), ElementsAre(ours, HasSubstr("br-new")));
  test::RunOnHost({"/usr/sbin/iptables", "-A", kStage2, "-m", "conntrack", "--ctstate", "DNAT",
                   "-j", "RETURN", "-m", "comment", "--comment",
                   "Berth: published ports are for all networks"});
  EXPECT_THAT(LetPublishedThrough(false), IsOk());
  EXPECT_THAT(Rules(), ElementsAre(ours, HasSubstr("br-new"))) << "there were two";
}

}  // namespace
}  // namespace berth::cri
