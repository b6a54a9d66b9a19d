// SPDX-License-Identifier: Apache-2.0
#include "runtime/relabel.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Relabel, LeavesWhatIsOfTheHost) {
  for (const char* path : {"/", "/etc", "/etc/", "/usr", "/usr/share/x", "/proc/1", "/dev/null",
                           "/var/lib", "/etc/shadow", "/home", "/sys"}) {
    EXPECT_TRUE(KeepsItsLabel(path, {})) << path;
    EXPECT_THAT(Relabel(Call(), path, "label", {}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("selinux_relabel")))
        << path;
  }
  for (const char* path :
       {"/var/lib/kubelet/pods/x", "/home/me", "/usrlocal", "/etc/app", "/data"}) {
    EXPECT_FALSE(KeepsItsLabel(path, {})) << path;
  }
}

TEST(Relabel, LeavesWhatIsOfTheDaemon) {
  const DaemonPlaces places = {.root = "/data/berth/", .state = "/run/berth"};
  for (const char* path : {"/data", "/data/berth", "/data/berth/snapshots/1/fs", "/run/berth/pods",
                           "/data/berth/volumes", "/data/berth/volumes-of-others"}) {
    EXPECT_TRUE(KeepsItsLabel(path, places)) << path;
    EXPECT_THAT(Relabel(Call(), path, "label", places),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("selinux_relabel")))
        << path;
  }
  for (const char* path :
       {"/data/berth/volumes/v/_data", "/data/berth2", "/data2", "/dat", "/run/berth2"}) {
    EXPECT_FALSE(KeepsItsLabel(path, places)) << path;
  }
}

TEST(Relabel, KnowsWhatAMountIsOf) {
  const std::vector<MountEntry> table = ParseMountTable(
      "1 0 8:1 / / rw - ext4 /dev/a rw\n"
      "2 1 8:2 / /data rw - ext4 /dev/b rw\n"
      "3 1 8:1 /usr /srv/v rw - ext4 /dev/a rw\n"
      "4 1 8:2 /some /mnt/some rw - ext4 /dev/b rw\n");
  EXPECT_THAT(OtherPathsOf("/srv/v", 3, table), ElementsAre("/usr"));
  EXPECT_THAT(OtherPathsOf("/srv/v/share", 3, table), ElementsAre("/usr/share"));
  EXPECT_THAT(OtherPathsOf("/usr/share", 1, table), ElementsAre("/srv/v/share"));
  EXPECT_THAT(OtherPathsOf("/mnt/some", 4, table), ElementsAre("/data/some"));
  EXPECT_THAT(OtherPathsOf("/data/something", 2, table), IsEmpty());
  EXPECT_THAT(OtherPathsOf("/home", 1, table), IsEmpty());
  EXPECT_THAT(OtherPathsOf("/home", 9, table), IsEmpty());
}

TEST(Relabel, NeedsSomethingThatIsThere) {
  EXPECT_THAT(Relabel(Call(), "/no/such/volume", "label", {}),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::runtime
