// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/torn_leases.h"

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using testing::ElementsAre;

std::set<std::string> NamesIn(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename());
  }
  return names;
}

std::string DirectoryOf(const std::string& text) {
  return LeaseDirectory(ParseNetworkConfig(text).value());
}

TEST(LeaseDirectory, IsHostLocalsOfThatNetwork) {
  EXPECT_EQ(DirectoryOf(R"({"cniVersion": "1.0.0", "name": "a", "plugins": [
      {"type": "bridge", "ipam": {"type": "host-local", "dataDir": "/x"}}, {"type": "portmap"}]})"),
            "/x/a");
  EXPECT_EQ(DirectoryOf(R"({"cniVersion": "1.0.0", "name": "a", "plugins": [
      {"type": "bridge", "ipam": {"type": "host-local"}}]})"),
            "/var/lib/cni/networks/a");
  EXPECT_EQ(DirectoryOf(R"({"cniVersion": "1.0.0", "name": "a", "plugins": [
      {"type": "bridge", "ipam": {"type": "dhcp"}}]})"),
            "");
}

TEST(RemoveTornLeases, LeavesWhatIsSomebodys) {
  test::TempDir dir;
  dir.Write("a/10.0.0.2", "");
  dir.Write("a/fd00::2", "");
  dir.Write("a/10.0.0.3", "pod\r\neth0");
  dir.Write("a/last_reserved_ip.0", "");
  dir.Write("a/lock", "");
  dir.Write("b/10.0.0.2", "");
  RemoveTornLeases(dir.Join("a"));
  EXPECT_THAT(NamesIn(dir.Join("a")), ElementsAre("10.0.0.3", "last_reserved_ip.0", "lock"));
  EXPECT_THAT(NamesIn(dir.Join("b")), ElementsAre("10.0.0.2"));
  RemoveTornLeasesBelow(dir.path());
  EXPECT_THAT(NamesIn(dir.Join("b")), ElementsAre("lock"));
  RemoveTornLeasesBelow(dir.Join("not-there"));
}

TEST(RemoveTornLeases, TakesNoneFromAPluginAtWork) {
  test::TempDir dir;
  dir.Write("a/10.0.0.2", "");
  dir.Write("a/lock", "");
  {
    const sys::Fd plugin(open(dir.Join("a/lock").c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(flock(plugin.get(), LOCK_EX), 0);
    RemoveTornLeases(dir.Join("a"));
    EXPECT_THAT(NamesIn(dir.Join("a")), ElementsAre("10.0.0.2", "lock"));
  }
  RemoveTornLeases(dir.Join("a"));
  EXPECT_THAT(NamesIn(dir.Join("a")), ElementsAre("lock"));
}

}  // namespace
}  // namespace berth::runtime
