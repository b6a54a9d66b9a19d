// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const berth::Json kImage = {
    {"imageSpec", {{"config", {{"Entrypoint", {"/init"}}, {"Cmd", {"serve"}}}}}}};

berth::Json Asked(const berth::Json& config) {
  return {{"config", config}};
}

TEST(CommandIn, MergesAsCriDoes) {
  EXPECT_THAT(CommandIn(berth::Json::object(), kImage), ElementsAre("/init", "serve"));
  EXPECT_THAT(CommandIn(Asked({{"args", {"x"}}}), kImage), ElementsAre("/init", "x"));
  EXPECT_THAT(CommandIn(Asked({{"command", {"sh"}}}), kImage), ElementsAre("sh"));
  EXPECT_THAT(CommandIn(Asked({{"command", {"sh"}}, {"args", {"-c"}}}), kImage),
              ElementsAre("sh", "-c"));
}

TEST(CommandIn, IsEmptyWhereNothingIsKnown) {
  EXPECT_THAT(CommandIn(berth::Json(), berth::Json()), IsEmpty());
  EXPECT_THAT(CommandIn("no object", berth::Json::array()), IsEmpty());
}

TEST(PortsIn, ReadsThePodsConfiguration) {
  const berth::Json port = {{"containerPort", 80}, {"hostPort", 8080}, {"protocol", "UDP"}};
  const std::vector<v1::PortMapping> ports =
      PortsIn(Asked({{"portMappings", berth::Json::array({port})}}));
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0].container_port(), 80);
  EXPECT_EQ(ports[0].host_port(), 8080);
  EXPECT_EQ(ports[0].protocol(), v1::UDP);
  EXPECT_THAT(PortsIn(berth::Json::object()), IsEmpty());
}

}  // namespace
}  // namespace berth::cli
