// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/system_facts.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(OsReleaseValue, IsWithoutItsQuotes) {
  constexpr char kText[] = "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID='12'\n";
  EXPECT_EQ(OsReleaseValue(kText, "PRETTY_NAME"), "Debian GNU/Linux 12");
  EXPECT_EQ(OsReleaseValue(kText, "VERSION_ID"), "12");
  EXPECT_EQ(OsReleaseValue(kText, "NAME"), "x");
  EXPECT_EQ(OsReleaseValue(kText, "VERSION"), "");
}

TEST(InfoJson, TellsOfContainersAndTheNode) {
  NodeFacts node;
  node.name = "node";
  node.has_cgroup2 = true;
  node.has_apparmor = true;
  const Json info = InfoJson({.node = node,
                              .containers = {.running = 1, .paused = 2, .stopped = 4},
                              .images = 3,
                              .root = "/var/lib/berth",
                              .cgroup_driver = "systemd",
                              .handlers = {"", "berth", "crun"},
                              .time = "now"});
  EXPECT_EQ(info["Containers"], 7);
  EXPECT_EQ(info["ContainersPaused"], 2);
  EXPECT_EQ(info["CgroupVersion"], "2");
  EXPECT_EQ(info["OperatingSystem"], "Linux");
  EXPECT_EQ(info["Runtimes"].size(), 2U);
  EXPECT_EQ(info["Runtimes"].count("crun"), 1U);
  EXPECT_EQ(info["SecurityOptions"].back(), "name=apparmor");
  EXPECT_EQ(info["LiveRestoreEnabled"], true);
}

}  // namespace
}  // namespace berth::cri
