// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_store.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "gmock/gmock.h"

#include "base/sys/file.h"
#include "tests/kernel/cri/engine_api/volumes/volumes_under_test.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kNotFound = absl::StatusCode::kNotFound;

bool Exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

struct stat StatOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info;
}

KERNEL_TEST(VolumeStore, VolumesOutliveTheDaemon) {
  VolumesUnderTest t;
  t.Make("data", {}, {{"a", "b"}});
  const std::string file = t.volumes->Mountpoint("data") + "/file";
  test::WriteFile(file, "x");
  const Volume anonymous = t.Make("");
  EXPECT_THAT(anonymous.name, SizeIs(64));
  EXPECT_TRUE(anonymous.anonymous());
  t.Open();
  EXPECT_THAT(t.volumes->List(), SizeIs(2));
  ASSERT_THAT(t.volumes->Find("data"), IsOk());
  EXPECT_EQ(t.volumes->Find("data")->labels, (StringMap{{"a", "b"}}));
  EXPECT_TRUE(Exists(file));
  EXPECT_EQ(t.Make("data", {}, {{"other", ""}}).labels, (StringMap{{"a", "b"}}));
  EXPECT_THAT(t.volumes->SizeOf(Call(), "data"), IsOkAndHolds(::testing::Gt(4095u)));
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(t.volumes->SizeOf(gone, "data").status(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(StatOf(t.volumes->Mountpoint("data")).st_mode & 07777, 0755u);
}

KERNEL_TEST(VolumeStore, OneOfWhichNobodyKnowsWhetherItIsMountedStays) {
  VolumesUnderTest t;
  t.Make("data", {{"type", "tmpfs"}, {"device", "tmpfs"}});
  const std::string file = t.volumes->Mountpoint("data") + "/file";
  test::WriteFile(file, "x");
  ASSERT_EQ(mount("none", "/proc", "tmpfs", 0, nullptr), 0);
  EXPECT_FALSE(t.volumes->Remove(Call(), "data", false).ok());
  ASSERT_EQ(umount("/proc"), 0);
  EXPECT_TRUE(Exists(file));
  EXPECT_THAT(t.volumes->Remove(Call(), "data", false), IsOk());
}

KERNEL_TEST(VolumeStore, OneInUseStays) {
  VolumesUnderTest t;
  t.Make("data");
  ASSERT_THAT(t.volumes->Use("data", "c1"), IsOk());
  ASSERT_THAT(t.volumes->Use("data", "c2"), IsOk());
  EXPECT_THAT(t.volumes->UsersOf("data"), ElementsAre("c1", "c2"));
  EXPECT_THAT(t.volumes->Remove(Call(), "data", true),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("remove data: volume is in use - [c1, c2]")));
  t.volumes->Release("c1");
  t.volumes->Release("c2");
  EXPECT_THAT(t.volumes->Remove(Call(), "data", false), IsOk());
  EXPECT_FALSE(Exists(t.directory.Join("volumes/data")));
  EXPECT_THAT(t.volumes->Remove(Call(), "data", false),
              StatusIs(kNotFound, HasSubstr("get data: no such volume")));
  EXPECT_THAT(t.volumes->Remove(Call(), "data", true), IsOk());
  EXPECT_THAT(t.volumes->Use("data", "c"), StatusIs(kNotFound, HasSubstr("no such volume")));
}

KERNEL_TEST(VolumeStore, ADaemonFinishesWhatAnotherBegan) {
  VolumesUnderTest t;
  t.Make("half");
  t.Make("whole");
  // As when killed between the record and the directory, and in the middle of a removal.
  const std::string trash = t.directory.Join("volumes/.trash/1");
  ASSERT_EQ(rename(t.directory.Join("volumes/half").c_str(), trash.c_str()), 0);
  test::MakeTree(t.directory.Join("volumes/.trash"), {test::Dir("2", {test::File("f")})});
  t.Open();
  EXPECT_THAT(t.volumes->List(), ElementsAre(Field(&Volume::name, "whole")));
  EXPECT_FALSE(Exists(trash));
  EXPECT_FALSE(Exists(t.directory.Join("volumes/.trash/2")));
  EXPECT_THAT(t.database->All(EngineTable::kVolumes), IsOkAndHolds(SizeIs(1)));
}

KERNEL_TEST(VolumeStore, OneWhoseRecordCannotBeReadStaysUntilItIsRemoved) {
  VolumesUnderTest t;
  t.Make("data");
  const Json bad = {{"name", "data"}, {"options", 4}};
  ASSERT_THAT(t.database->Put(EngineTable::kVolumes, "data", bad), IsOk());
  t.Open();
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("options"));
  EXPECT_THAT(t.volumes->Source(Call(), "data"), refused);
  EXPECT_THAT(t.volumes->Create(Call(), {.name = "data"}), refused);
  EXPECT_EQ(t.database->All(EngineTable::kVolumes)->at("data").value(), bad);
  EXPECT_TRUE(Exists(t.directory.Join("volumes/data/_data")));
  const std::string place = t.volumes->Mountpoint("data");
  ASSERT_EQ(mount("tmpfs", place.c_str(), "tmpfs", 0, nullptr), 0);  // as the options may say
  EXPECT_THAT(t.volumes->Remove(Call(), "data", false), IsOk());
  EXPECT_FALSE(Exists(t.directory.Join("volumes/data")));
  EXPECT_THAT(*t.database->All(EngineTable::kVolumes), SizeIs(0));
}

KERNEL_TEST(VolumeStore, OneThatCannotBeLookedAtStays) {
  VolumesUnderTest t;
  t.Make("data");
  const std::string place = t.directory.Join("volumes/data");
  ASSERT_EQ(rename(place.c_str(), t.directory.Join("aside").c_str()), 0);
  ASSERT_EQ(symlink("data", place.c_str()), 0);  // to itself: ELOOP
  t.Open();
  EXPECT_THAT(t.volumes->Find("data"), IsOk());
  EXPECT_THAT(t.database->All(EngineTable::kVolumes), IsOkAndHolds(SizeIs(1)));
}

KERNEL_TEST(VolumeStore, ADraftGoesUnlessItsContainerIsThere) {
  VolumesUnderTest t;
  const auto draft = [&](const std::string& user) {
    return t.volumes->Create(Call(), {.name = "", .user = user})->name;
  };
  const std::string settled = draft("c1"), there = draft("c2"), lost = draft("c3");
  ASSERT_THAT(t.volumes->Create(Call(), {.name = "named", .user = "c3"}), IsOk());
  ASSERT_THAT(t.volumes->Settle(Call(), "c1"), IsOk());
  t.Open();
  const std::set<std::string> containers = {"c2"};
  const auto exists = [&](const std::string& id) { return containers.count(id) != 0; };
  t.volumes->RemoveDrafts(Call(), exists);
  EXPECT_THAT(t.volumes->Find(settled), IsOk());
  EXPECT_THAT(t.volumes->Find(there), IsOk());
  EXPECT_THAT(t.volumes->Find(lost), StatusIs(kNotFound));
  EXPECT_THAT(t.volumes->Find("named"), IsOk());
  t.Open();  // what was there is no draft any more
  t.volumes->RemoveDrafts(Call(), [](const std::string&) { return false; });
  EXPECT_THAT(t.volumes->Find(there), IsOk());
}

KERNEL_TEST(VolumeStore, WhoFillsAVolumeHoldsUpNoOther) {
  VolumesUnderTest t;
  test::MakeTree(t.directory.path(), {test::Dir("root", {test::File("a", "x")})});
  const sys::Fd root = *sys::OpenAt(t.directory.fd(), "root", O_RDONLY | O_DIRECTORY);
  t.Make("data");
  t.Make("other");
  bool looked = false;
  const Call during(absl::InfiniteFuture(), [&] {  // asked for in the middle of the copy
    if (!std::exchange(looked, true)) {
      const Call at_once = Call::WithTimeout(absl::ZeroDuration());
      EXPECT_THAT(t.volumes->Source(at_once, "other"), IsOk());
      EXPECT_THAT(t.volumes->Source(at_once, "data"),
                  StatusIs(absl::StatusCode::kDeadlineExceeded));
    }
    return false;
  });
  EXPECT_THAT(t.volumes->CopyUp(during, "data", root.get(), "/"), IsOk());
  EXPECT_TRUE(looked);
}

KERNEL_TEST(VolumeStore, RefusesWhatItDoesNotHave) {
  VolumesUnderTest t;
  VolumeRequest request{.name = "a/b"};
  EXPECT_THAT(t.volumes->Create(Call(), request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("create a/b: ")));
  request = {.name = "data", .driver = "cloud"};
  EXPECT_THAT(t.volumes->Create(Call(), request),
              StatusIs(kNotFound, HasSubstr("plugin \"cloud\" not found")));
  request = {.name = "data", .options = {{"x", ""}}};
  EXPECT_THAT(t.volumes->Create(Call(), request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("invalid option")));
  EXPECT_THAT(t.volumes->List(), IsEmpty());
}

KERNEL_TEST(VolumeStore, ATmpfsIsThereWhileItIsUsed) {
  VolumesUnderTest t;
  t.Make("memory", {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=64k"}});
  const std::string place = t.volumes->Mountpoint("memory");
  const dev_t below = StatOf(place).st_dev;
  ASSERT_THAT(t.volumes->Use("memory", "c1"), IsOk());
  EXPECT_THAT(t.volumes->Source(Call(), "memory"), IsOkAndHolds(place));
  EXPECT_THAT(t.volumes->Source(Call(), "memory"), IsOkAndHolds(place));  // mounted once
  EXPECT_NE(StatOf(place).st_dev, below);
  t.volumes->Release("c1");
  EXPECT_EQ(StatOf(place).st_dev, below);
  ASSERT_THAT(t.volumes->Source(Call(), "memory"), IsOk());
  t.Open();  // a daemon that was killed has left the mount
  EXPECT_THAT(t.volumes->Remove(Call(), "memory", false), IsOk());
  EXPECT_FALSE(Exists(place));
}

KERNEL_TEST(VolumeStore, ABindShowsAHostDirectoryAndLeavesIt) {
  VolumesUnderTest t;
  test::MakeTree(t.directory.path(), {test::Dir("host", {test::File("there", "y")})});
  t.Make("bound", {{"type", "none"}, {"device", t.directory.Join("host")}, {"o", "bind,ro"}});
  ASSERT_THAT(t.volumes->Use("bound", "c"), IsOk());
  ASSERT_THAT(t.volumes->Source(Call(), "bound"), IsOk());
  const std::string file = t.volumes->Mountpoint("bound") + "/there";
  EXPECT_TRUE(Exists(file));
  EXPECT_FALSE(sys::OpenAt(AT_FDCWD, file.c_str(), O_WRONLY).ok());
  t.volumes->Release("c");
  EXPECT_FALSE(Exists(file));
  EXPECT_THAT(t.volumes->Remove(Call(), "bound", false), IsOk());
  EXPECT_TRUE(Exists(t.directory.Join("host/there")));
  t.Make("gone", {{"type", "none"}, {"device", "/no/such"}, {"o", "bind"}});
  EXPECT_THAT(t.volumes->Source(Call(), "gone"),
              StatusIs(kNotFound, HasSubstr("failed to mount local volume gone: /no/such")));
  t.Make("strange", {{"type", "nofs"}, {"device", "x"}});
  EXPECT_THAT(t.volumes->Source(Call(), "strange"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("nofs of x")));
}

KERNEL_TEST(VolumeStore, AnEmptyVolumeIsFilledFromTheImage) {
  VolumesUnderTest t;
  test::MakeTree(t.directory.path(),
                 {test::Dir("root", {test::Dir("var", {test::File("a", "image")}, 0750),
                                     test::Link("link", "/var"), test::File("file")})});
  const sys::Fd root = *sys::OpenAt(t.directory.fd(), "root", O_RDONLY | O_DIRECTORY);
  t.Make("data");
  const std::string copy = "volumes/data/_data/a";
  EXPECT_THAT(t.volumes->CopyUp(Call(), "data", root.get(), "/none"), IsOk());
  EXPECT_THAT(t.volumes->CopyUp(Call(), "data", root.get(), "/file"), IsOk());
  EXPECT_FALSE(Exists(t.directory.Join(copy)));
  EXPECT_THAT(t.volumes->CopyUp(Call(), "data", root.get(), "/link"), IsOk());
  EXPECT_EQ(t.directory.Read(copy), "image");
  EXPECT_EQ(StatOf(t.volumes->Mountpoint("data")).st_mode & 07777, 0750u);
  t.directory.Write(copy, "mine");
  EXPECT_THAT(t.volumes->CopyUp(Call(), "data", root.get(), "/var"), IsOk());
  EXPECT_EQ(t.directory.Read(copy), "mine");
  // A daemon that was killed has copied the half of it.
  test::MakeTree(t.directory.Join("volumes/data"), {test::Dir("copying")});
  EXPECT_THAT(t.volumes->CopyUp(Call(), "data", root.get(), "/var"), IsOk());
  EXPECT_EQ(t.directory.Read(copy), "image");
  EXPECT_FALSE(Exists(t.directory.Join("volumes/data/copying")));
}

}  // namespace
}  // namespace berth::cri
