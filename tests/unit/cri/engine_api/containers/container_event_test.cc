// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_event.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(ContainerEvent, SaysWhoItIsAndLabelsDoNotOverrideThat) {
  EngineContainerRecord record;
  record.id = "0123";
  record.name = "web";
  record.config = {{"Image", "busybox:1"}, {"Labels", {{"tier", "front"}, {"name", "other"}}}};
  const EngineEvent event = ContainerEvent("die", record, {{"exitCode", "3"}});
  EXPECT_EQ(event.type, "container");
  EXPECT_EQ(event.action, "die");
  EXPECT_EQ(event.actor, "0123");
  EXPECT_EQ(event.attributes,
            (std::map<std::string, std::string>{
                {"exitCode", "3"}, {"image", "busybox:1"}, {"name", "web"}, {"tier", "front"}}));
  EXPECT_GT(event.at, 0);
}

TEST(ContainerEvent, ItsVolumesAndNetworks) {
  EngineContainerRecord record;
  record.id = "0123";
  record.mounts = {{{"Type", "volume"}, {"Source", "data"}, {"Target", "/d"}, {"ReadOnly", true}},
                   {{"Type", "bind"}, {"Source", "/s"}, {"Target", "/b"}}};
  const Json settings = {{"Networks", {{"front", {{"NetworkID", "n1"}}}}}};
  const std::vector<EngineEvent> begin = UseEvents(Use::kBegins, record, settings);
  ASSERT_EQ(begin.size(), 2u);
  EXPECT_EQ(begin[0].type + " " + begin[0].action + " " + begin[0].actor, "volume mount data");
  EXPECT_EQ(begin[0].attributes.at("read/write"), "false");
  EXPECT_EQ(begin[0].attributes.at("destination"), "/d");
  EXPECT_EQ(begin[1].type + " " + begin[1].action + " " + begin[1].actor, "network connect n1");
  EXPECT_EQ(begin[1].attributes.at("container"), "0123");
  const std::vector<EngineEvent> end = UseEvents(Use::kEnds, record, settings);
  ASSERT_EQ(end.size(), 2u);
  EXPECT_EQ(end[0].action, "disconnect");
  EXPECT_EQ(end[1].action, "unmount");
}

}  // namespace
}  // namespace berth::cri
