// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_launch.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/inode.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::berth::test::TempDir;

void WriteProgram(const TempDir& dir, const std::string& name, const std::string& text,
                  mode_t mode = 0755) {
  ASSERT_TRUE(sys::SetModeAt(AT_FDCWD, dir.Write(name, text).c_str(), mode).ok());
}

TEST(NriLaunch, PluginsAreProgramsWithAnIndex) {
  TempDir dir;
  WriteProgram(dir, "20-b", "");
  WriteProgram(dir, "10-a-c", "");
  WriteProgram(dir, "30-text", "", 0644);
  WriteProgram(dir, "40-open", "", 0775);
  WriteProgram(dir, "5-short", "");
  WriteProgram(dir, "none", "");
  dir.Write("50-directory/x", "");
  ASSERT_OK_AND_ASSIGN(const std::vector<InstalledPlugin> found, FindInstalledPlugins(dir.path()));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].index, "10");
  EXPECT_EQ(found[0].name, "a-c");
  EXPECT_EQ(found[1].name, "b");
}

TEST(NriLaunch, NoDirectoryIsNoPlugins) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(const std::vector<InstalledPlugin> found,
                       FindInstalledPlugins(dir.Join("absent")));
  EXPECT_TRUE(found.empty());
}

TEST(NriLaunch, TheConfigurationWithTheIndexComesFirst) {
  TempDir dir;
  EXPECT_THAT(ReadPluginConfig(dir.path(), {"10", "a"}), IsOkAndHolds(""));
  dir.Write("a.conf", "any");
  EXPECT_THAT(ReadPluginConfig(dir.path(), {"10", "a"}), IsOkAndHolds("any"));
  dir.Write("10-a.conf", "ten");
  EXPECT_THAT(ReadPluginConfig(dir.path(), {"10", "a"}), IsOkAndHolds("ten"));
}

TEST(NriLaunch, ThePluginHasItsSocketAndItsName) {
  TempDir dir;
  WriteProgram(dir, "10-a",
               "#!/bin/sh\nprintf '%s %s %s' \"$NRI_PLUGIN_IDX\" "
               "\"$NRI_PLUGIN_NAME\" \"$NRI_PLUGIN_SOCKET\" >&3\n");
  ASSERT_OK_AND_ASSIGN(const LaunchedPlugin plugin, LaunchPlugin(dir.path(), {"10", "a"}));
  std::string said;
  char byte = 0;
  while (recv(plugin.socket.get(), &byte, 1, 0) == 1) {
    said.push_back(byte);
  }
  EXPECT_EQ(said, "10 a 3");
}

TEST(NriLaunch, WhatCannotBeExecutedIsAnError) {
  TempDir dir;
  EXPECT_THAT(LaunchPlugin(dir.path(), {"10", "absent"}).status(),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::nri
