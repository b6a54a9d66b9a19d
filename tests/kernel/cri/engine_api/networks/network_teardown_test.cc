// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_teardown.h"

#include <net/if.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"

#include "cri/engine_api/networks/network_isolation.h"
#include "tests/support/file_tree.h"
#include "tests/support/host_command.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

KERNEL_TEST(NetworkTeardown, LeavesNothingOfANetwork) {
  test::TempDir directory;
  const Network network = MakeNetwork("front");
  const std::string bridge = network.bridge();
  test::RunOnHost({"/usr/sbin/ip", "link", "add", bridge, "type", "bridge"});
  test::RunOnHost({"/usr/sbin/iptables", "-N", "CNI-ISOLATION-STAGE-1"});
  test::RunOnHost({"/usr/sbin/iptables", "-N", "CNI-ISOLATION-STAGE-2"});
  const std::string comment = "CNI firewall plugin rules (ingressPolicy: same-bridge)";
  test::RunOnHost({"/usr/sbin/iptables", "-A", "CNI-ISOLATION-STAGE-1", "-i", bridge, "!", "-o",
                   bridge, "-j", "CNI-ISOLATION-STAGE-2", "-m", "comment", "--comment", comment});
  test::RunOnHost({"/usr/sbin/iptables", "-A", "CNI-ISOLATION-STAGE-2", "-o", bridge, "-j", "DROP",
                   "-m", "comment", "--comment", comment});
  test::MakeTree(directory.path(), {test::Dir(network.cni_name(), {test::File("lock")})});
  EXPECT_THAT(CloseToOutside(network), IsOk());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TearDownNetwork(Call(), network, directory.path()), IsOk());
  }
  EXPECT_EQ(if_nametoindex(bridge.c_str()), 0u);
  EXPECT_THAT(test::RunOnHost({"/usr/sbin/iptables-save"}), Not(HasSubstr(bridge)));
  EXPECT_FALSE(std::filesystem::exists(directory.Join(network.cni_name())));
  // Closed before there is anybody in it.
  EXPECT_THAT(CloseToOutside(network), IsOk());
  EXPECT_NE(if_nametoindex(bridge.c_str()), 0u);
  EXPECT_THAT(TearDownNetwork(Call(), network, directory.path()), IsOk());
}

}  // namespace
}  // namespace berth::cri
