// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/gateway.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(Gateway, IsTheFirstByPriorityAndName) {
  std::map<std::string, Network> networks;
  for (const char* name : {"a", "b", "c"}) {
    networks[name].name = name;
  }
  EXPECT_EQ(ChooseGateway({{.network = "c"}, {.network = "b"}}, networks), "b");
  EXPECT_EQ(ChooseGateway({{.network = "b"}, {.network = "c", .gateway_priority = 1}}, networks),
            "c");
  networks["b"].internal = true;
  EXPECT_EQ(ChooseGateway({{.network = "c"}, {.network = "b"}}, networks), "c");
  EXPECT_EQ(ChooseGateway({{.network = "b"}, {.network = "removed"}}, networks), "");
}

}  // namespace
}  // namespace berth::cri
