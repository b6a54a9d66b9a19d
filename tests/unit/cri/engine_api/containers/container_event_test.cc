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

}  // namespace
}  // namespace berth::cri
