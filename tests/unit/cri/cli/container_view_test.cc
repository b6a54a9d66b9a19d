// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kImage[] =
    R"({"imageSpec": {"config": {"Entrypoint": ["/init"], "Cmd": ["serve"]}}})";

TEST(CommandIn, MergesAsCriDoes) {
  EXPECT_THAT(CommandIn("{}", kImage), ElementsAre("/init", "serve"));
  EXPECT_THAT(CommandIn(R"({"config": {"args": ["x"]}})", kImage), ElementsAre("/init", "x"));
  EXPECT_THAT(CommandIn(R"({"config": {"command": ["sh"]}})", kImage), ElementsAre("sh"));
  EXPECT_THAT(CommandIn(R"({"config": {"command": ["sh"], "args": ["-c"]}})", kImage),
              ElementsAre("sh", "-c"));
}

TEST(CommandIn, IsEmptyWhereNothingIsKnown) {
  EXPECT_THAT(CommandIn("", ""), IsEmpty());
  EXPECT_THAT(CommandIn("no JSON", "[]"), IsEmpty());
}

TEST(PortsIn, ReadsThePodsConfiguration) {
  const std::vector<v1::PortMapping> ports = PortsIn(
      R"({"config": {"portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "UDP"}]}})");
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0].container_port(), 80);
  EXPECT_EQ(ports[0].host_port(), 8080);
  EXPECT_EQ(ports[0].protocol(), v1::UDP);
  EXPECT_THAT(PortsIn("{}"), IsEmpty());
}

}  // namespace
}  // namespace berth::cli
