// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_teardown.h"

#include <net/if.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "base/command.h"
#include "cri/engine_api/networks/network_isolation.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Run(const std::vector<std::string>& arguments) {
  Command command;
  command.arguments = arguments;
  command.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  const auto result = RunCommand(Call::WithTimeout(absl::Seconds(30)), command);
  EXPECT_TRUE(result.ok() && result->exit_code == 0) << arguments.back();
  return result.ok() ? result->out : "";
}

KERNEL_TEST(NetworkTeardown, LeavesNothingOfANetwork) {
  test::TempDir directory;
  const Network network = MakeNetwork("front");
  const std::string bridge = network.bridge();
  Run({"/usr/sbin/ip", "link", "add", bridge, "type", "bridge"});
  Run({"/usr/sbin/iptables", "-N", "CNI-ISOLATION-STAGE-1"});
  Run({"/usr/sbin/iptables", "-N", "CNI-ISOLATION-STAGE-2"});
  const std::string comment = "CNI firewall plugin rules (ingressPolicy: same-bridge)";
  Run({"/usr/sbin/iptables", "-A", "CNI-ISOLATION-STAGE-1", "-i", bridge, "!", "-o", bridge, "-j",
       "CNI-ISOLATION-STAGE-2", "-m", "comment", "--comment", comment});
  Run({"/usr/sbin/iptables", "-A", "CNI-ISOLATION-STAGE-2", "-o", bridge, "-j", "DROP", "-m",
       "comment", "--comment", comment});
  test::MakeTree(directory.path(), {test::Dir(network.cni_name(), {test::File("lock")})});
  EXPECT_THAT(CloseToOutside(network), IsOk());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TearDownNetwork(Call(), network, directory.path()), IsOk());
  }
  EXPECT_EQ(if_nametoindex(bridge.c_str()), 0u);
  EXPECT_THAT(Run({"/usr/sbin/iptables-save"}), Not(HasSubstr(bridge)));
  EXPECT_FALSE(std::filesystem::exists(directory.Join(network.cni_name())));
  // Closed before there is anybody in it.
  EXPECT_THAT(CloseToOutside(network), IsOk());
  EXPECT_NE(if_nametoindex(bridge.c_str()), 0u);
  EXPECT_THAT(TearDownNetwork(Call(), network, directory.path()), IsOk());
}

}  // namespace
}  // namespace berth::cri
