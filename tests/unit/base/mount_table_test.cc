// SPDX-License-Identifier: Apache-2.0
#include "base/mount_table.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using ::testing::ElementsAre;

TEST(MountTable, EveryField) {
  const std::optional<MountEntry> entry = ParseMountEntry(
      "36 35 98:0 /a\\040b /mnt\\134x rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=c");
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->id, 36);
  EXPECT_EQ(entry->device, "98:0");
  EXPECT_EQ(entry->root, "/a b");
  EXPECT_EQ(entry->mount_point, "/mnt\\x");
  EXPECT_THAT(entry->options, ElementsAre("rw", "noatime"));
  EXPECT_TRUE(entry->shared);
  EXPECT_TRUE(entry->slave);
  EXPECT_EQ(entry->type, "ext3");
  EXPECT_THAT(entry->super_options, ElementsAre("rw", "errors=c"));
}

TEST(MountTable, LinesThatAreNoneAreLeftOut) {
  for (const char* line : {"", "36", "x 35 98:0 / / rw - ext3 /dev/root rw",
                           "36 35 98:0 / / - ext3 /dev/root rw", "36 35 98:0 / / rw - ext3"}) {
    EXPECT_FALSE(ParseMountEntry(line).has_value()) << line;
  }
  EXPECT_EQ(ParseMountTable("nothing\n1 0 0:1 / / rw - tmpfs none rw\n").size(), 1u);
}

TEST(MountTable, AnOpenFileTellsItsMount) {
  const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  ASSERT_OK_AND_ASSIGN(const int id, ReadMountId(absl::StrCat("/proc/self/fdinfo/", fd)));
  close(fd);
  std::ifstream file("/proc/self/mountinfo");
  std::ostringstream text;
  text << file.rdbuf();
  const std::vector<MountEntry> table = ParseMountTable(text.str());
  const auto found = std::find_if(table.begin(), table.end(),
                                  [id](const MountEntry& mount) { return mount.id == id; });
  ASSERT_NE(found, table.end());
  EXPECT_EQ(found->type, "proc");
  EXPECT_FALSE(ReadMountId("/proc/self/status").ok());
}

TEST(MountTable, IsReadOfAProcess) {
  const absl::StatusOr<std::string> text = ReadMountinfo("self");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_FALSE(ParseMountTable(*text).empty());
  EXPECT_FALSE(ReadMountinfo("0").ok());
}

}  // namespace
}  // namespace berth
