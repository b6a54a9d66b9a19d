// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "imageservice/snapshot/snapshotter.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

// What every Snapshotter does, as one list of cases that each implementation runs.
namespace berth::imageservice {

// A snapshotter on a directory, opened again at will: in the same boot or in another one.
class SnapshotterUnderTest {
 public:
  virtual ~SnapshotterUnderTest() = default;
  virtual Snapshotter& Reopen(const std::string& boot_id) = 0;
  virtual Snapshotter& get() = 0;
};

struct SnapshotterCase {
  const char* name;
  void (*run)(SnapshotterUnderTest& under_test);
};

namespace snapshotter_suite {

// Commits a layer with one file, named as its chain id, and returns how that went.
inline absl::Status AddLayer(Snapshotter& snapshotter, const std::string& chain_id,
                             const std::string& parent, mode_t root_mode = 0755) {
  absl::StatusOr<std::unique_ptr<SnapshotDraft>> draft = snapshotter.NewDraft();
  if (!draft.ok()) {
    return draft.status();
  }
  absl::StatusOr<sys::Fd> directory = (*draft)->OpenDirectory();
  EXPECT_THAT(directory, test::IsOk());
  EXPECT_EQ(fchmod(directory->get(), root_mode), 0);
  auto file = sys::OpenAt(directory->get(), chain_id.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0644);
  EXPECT_THAT(file, test::IsOk());
  return (*draft)->Commit(chain_id, parent, {4096, 2});
}

inline std::string Names(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return absl::StrJoin(names, " ");
}

// The names that a container sees in the root, after it has written a file called `write`.
inline std::string Mounted(const Rootfs& root, const std::string& write = "") {
  test::TempDir at;
  std::string options = absl::StrCat("lowerdir=", absl::StrJoin(root.lower, ":"));
  if (!root.upper.empty()) {
    absl::StrAppend(&options, ",upperdir=", root.upper, ",workdir=", root.work);
  }
  EXPECT_EQ(mount("overlay", at.path().c_str(), "overlay", 0, options.c_str()), 0)
      << strerror(errno);
  if (!write.empty()) {
    std::ofstream(at.Join(write)) << std::string(5000, 'x');
  }
  std::string names = Names(at.path());
  EXPECT_EQ(umount2(at.path().c_str(), MNT_DETACH), 0);
  return names;
}

inline void StacksLayers(SnapshotterUnderTest& under_test) {
  Snapshotter& snapshotter = under_test.get();
  EXPECT_TRUE(snapshotter.HasLayer("")) << "the empty tree";
  EXPECT_FALSE(snapshotter.HasLayer("a"));
  EXPECT_THAT(AddLayer(snapshotter, "b", "a"), test::StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(AddLayer(snapshotter, "a", ""), test::IsOk());
  ASSERT_THAT(AddLayer(snapshotter, "b", "a"), test::IsOk());
  EXPECT_THAT(AddLayer(snapshotter, "b", "a"), test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_TRUE(snapshotter.HasLayer("b"));
  ASSERT_OK_AND_ASSIGN(std::vector<std::string> directories, snapshotter.LayerDirectories("b"));
  ASSERT_EQ(directories.size(), 2u);
  EXPECT_EQ(Names(directories[0]), "b");
  EXPECT_EQ(Names(directories[1]), "a");
  EXPECT_THAT(snapshotter.LayerDirectories("c"), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(snapshotter.LayerDirectories(""), test::IsOkAndHolds(::testing::IsEmpty()));
  EXPECT_EQ(snapshotter.LayersUsage().inodes, 4u);
  EXPECT_EQ(snapshotter.ChainUsage("a").inodes, 2u);
  EXPECT_EQ(snapshotter.ChainUsage("b").bytes, 2 * 4096u);
  EXPECT_EQ(snapshotter.ChainUsage("c").bytes, 0u);
}

inline void PreparesRootsAndViews(SnapshotterUnderTest& under_test) {
  Snapshotter& snapshotter = under_test.get();
  ASSERT_THAT(AddLayer(snapshotter, "a", ""), test::IsOk());
  ASSERT_THAT(AddLayer(snapshotter, "b", "a", 0711), test::IsOk());
  ASSERT_OK_AND_ASSIGN(Rootfs root, snapshotter.PrepareRootfs("key", "b"));
  EXPECT_EQ(Mounted(root, "written"), "a b written");
  struct stat info = {};
  ASSERT_EQ(stat(root.upper.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0711u) << "of the topmost layer";
  ASSERT_OK_AND_ASSIGN(Rootfs again, snapshotter.PrepareRootfs("key", "b"));
  EXPECT_EQ(again.upper, root.upper);
  ASSERT_OK_AND_ASSIGN(Rootfs other, snapshotter.PrepareRootfs("other", "b"));
  EXPECT_EQ(Mounted(other), "a b") << "roots do not see each other";
  ASSERT_OK_AND_ASSIGN(Rootfs view, snapshotter.PrepareView("view", "a"));
  EXPECT_EQ(view.upper, "");
  EXPECT_EQ(Mounted(view), "a");
  ASSERT_OK_AND_ASSIGN(Rootfs nothing, snapshotter.PrepareView("nothing", ""));
  EXPECT_EQ(Mounted(nothing), "");
  ASSERT_OK_AND_ASSIGN(Rootfs empty, snapshotter.PrepareRootfs("empty", ""));
  EXPECT_EQ(Mounted(empty, "written"), "written");
  EXPECT_THAT(snapshotter.PrepareRootfs("new", "c"), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(snapshotter.PrepareRootfs("key", "a"),
              test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(snapshotter.PrepareView("key", "b"),
              test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(snapshotter.RootfsKeys(),
              ::testing::UnorderedElementsAre("key", "other", "view", "nothing", "empty"));
  EXPECT_TRUE(snapshotter.HasRootfs("key"));
  EXPECT_FALSE(snapshotter.HasRootfs("new"));
  ASSERT_OK_AND_ASSIGN(Rootfs found, snapshotter.FindRootfs("key"));
  EXPECT_EQ(found.upper, root.upper);
  EXPECT_THAT(snapshotter.FindRootfs("new"), test::StatusIs(absl::StatusCode::kNotFound));
}

inline void MakesALayerOfARoot(SnapshotterUnderTest& under_test) {
  Snapshotter& snapshotter = under_test.get();
  ASSERT_THAT(AddLayer(snapshotter, "a", ""), test::IsOk());
  ASSERT_OK_AND_ASSIGN(Rootfs root, snapshotter.PrepareRootfs("k", "a"));
  EXPECT_EQ(Mounted(root, "new"), "a new");
  ASSERT_OK_AND_ASSIGN(RootfsDiff diff, snapshotter.OpenDiff("k"));
  EXPECT_EQ(diff.parent, "a");
  EXPECT_THAT(sys::OpenAt(diff.upper.get(), "new", O_RDONLY), test::IsOk());
  EXPECT_THAT(snapshotter.CommitRootfs("k", "a"), test::StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_THAT(snapshotter.CommitRootfs("k", "b"), test::IsOk());
  EXPECT_FALSE(snapshotter.HasRootfs("k"));
  EXPECT_GE(snapshotter.ChainUsage("b").bytes, 4096u + 8192u);
  EXPECT_FALSE(std::filesystem::exists(root.work));
  Snapshotter& later = under_test.Reopen("boot-1");
  ASSERT_OK_AND_ASSIGN(Rootfs above, later.PrepareView("v", "b"));
  EXPECT_EQ(Mounted(above), "a new");
  for (const char* key : {"v", "none"}) {
    const auto code =
        later.HasRootfs(key) ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kNotFound;
    EXPECT_THAT(later.CommitRootfs(key, "c"), test::StatusIs(code));
    EXPECT_THAT(later.OpenDiff(key).status(), test::StatusIs(code));
  }
}

inline void MeasuresWhatWasWritten(SnapshotterUnderTest& under_test) {
  Snapshotter& snapshotter = under_test.get();
  ASSERT_THAT(AddLayer(snapshotter, "a", ""), test::IsOk());
  ASSERT_OK_AND_ASSIGN(Rootfs root, snapshotter.PrepareRootfs("key", "a"));
  ASSERT_OK_AND_ASSIGN(DiskUsage before, snapshotter.MeasureRootfs("key"));
  Mounted(root, "written");
  ASSERT_OK_AND_ASSIGN(DiskUsage after, snapshotter.MeasureRootfs("key"));
  EXPECT_GE(after.bytes, before.bytes + 4096);
  EXPECT_EQ(after.inodes, before.inodes + 1);
  EXPECT_THAT(snapshotter.MeasureRootfs("none"), test::StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(snapshotter.PrepareView("view", "a"), test::IsOk());
  ASSERT_OK_AND_ASSIGN(DiskUsage view, snapshotter.MeasureRootfs("view"));
  EXPECT_EQ(view.bytes, 0u);
}

inline void KeepsLayersThatSomethingStandsOn(SnapshotterUnderTest& under_test) {
  Snapshotter& snapshotter = under_test.get();
  for (const auto& [chain_id, parent] :
       {std::pair("a", ""), std::pair("b", "a"), std::pair("c", "b"), std::pair("x", "a")}) {
    ASSERT_THAT(AddLayer(snapshotter, chain_id, parent), test::IsOk());
  }
  EXPECT_THAT(snapshotter.RemoveLayersExcept({"a", "b", "c", "x"}), test::IsOkAndHolds(0));
  EXPECT_THAT(snapshotter.RemoveLayersExcept({"c"}), test::IsOkAndHolds(1))
      << "c stands on b and a";
  ASSERT_THAT(snapshotter.PrepareRootfs("key", "b"), test::IsOk());
  EXPECT_THAT(snapshotter.RemoveLayersExcept({}), test::IsOkAndHolds(1)) << "the root stands on b";
  EXPECT_TRUE(snapshotter.HasLayer("b"));
  ASSERT_THAT(snapshotter.RemoveRootfs("key"), test::IsOk());
  EXPECT_THAT(snapshotter.RemoveRootfs("key"), test::IsOk());
  EXPECT_THAT(snapshotter.RemoveLayersExcept({}), test::IsOkAndHolds(2));
  EXPECT_FALSE(snapshotter.HasLayer("a"));
  EXPECT_EQ(snapshotter.LayersUsage().bytes, 0u);
  ASSERT_THAT(snapshotter.EmptyTrash(), test::IsOk());
  ASSERT_THAT(AddLayer(snapshotter, "a", ""), test::IsOk()) << "once more";
}

inline void RemovesADraftThatWasNotCommitted(SnapshotterUnderTest& under_test) {
  Snapshotter& snapshotter = under_test.get();
  struct stat info = {};
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SnapshotDraft> draft, snapshotter.NewDraft());
  ASSERT_OK_AND_ASSIGN(sys::Fd directory, draft->OpenDirectory());
  draft.reset();
  ASSERT_THAT(snapshotter.EmptyTrash(), test::IsOk());
  ASSERT_EQ(fstat(directory.get(), &info), 0);
  EXPECT_EQ(info.st_nlink, 0u);
}

inline void KeepsAllOverARestart(SnapshotterUnderTest& under_test) {
  ASSERT_THAT(AddLayer(under_test.get(), "a", ""), test::IsOk());
  ASSERT_THAT(AddLayer(under_test.get(), "b", "a"), test::IsOk());
  ASSERT_OK_AND_ASSIGN(Rootfs root, under_test.get().PrepareRootfs("key", "b"));
  ASSERT_THAT(under_test.get().PrepareView("view", "a"), test::IsOk());
  Mounted(root, "written");
  Snapshotter& again = under_test.Reopen("boot-1");
  EXPECT_TRUE(again.HasLayer("b"));
  EXPECT_THAT(again.RootfsKeys(), ::testing::UnorderedElementsAre("key", "view"));
  ASSERT_OK_AND_ASSIGN(Rootfs same, again.PrepareRootfs("key", "b"));
  EXPECT_EQ(Mounted(same), "a b written");
  ASSERT_THAT(AddLayer(again, "c", "b"), test::IsOk());
  ASSERT_OK_AND_ASSIGN(Rootfs more, again.PrepareRootfs("more", "c"));
  EXPECT_EQ(Mounted(more), "a b c");
}

inline void DropsWhatWasNotSyncedInAnotherBoot(SnapshotterUnderTest& under_test) {
  ASSERT_THAT(AddLayer(under_test.get(), "a", ""), test::IsOk());
  ASSERT_THAT(under_test.get().MakeDurable(), test::IsOk());
  ASSERT_THAT(AddLayer(under_test.get(), "b", "a"), test::IsOk());
  ASSERT_THAT(AddLayer(under_test.get(), "c", "b"), test::IsOk());
  ASSERT_THAT(under_test.get().PrepareRootfs("key", "c"), test::IsOk());
  Snapshotter& again = under_test.Reopen("boot-2");
  EXPECT_TRUE(again.HasLayer("a"));
  EXPECT_FALSE(again.HasLayer("b"));
  EXPECT_FALSE(again.HasLayer("c"));
  EXPECT_THAT(again.PrepareRootfs("key", "c"), test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(again.RootfsKeys(), ::testing::ElementsAre("key"));
  EXPECT_THAT(again.RemoveRootfs("key"), test::IsOk());
  ASSERT_THAT(AddLayer(again, "b", "a"), test::IsOk());
  ASSERT_THAT(again.MakeDurable(), test::IsOk());
  ASSERT_THAT(again.MakeDurable(), test::IsOk());
  EXPECT_TRUE(under_test.Reopen("boot-3").HasLayer("b"));
}

}  // namespace snapshotter_suite

inline constexpr SnapshotterCase kSnapshotterSuite[] = {
    {"StacksLayers", snapshotter_suite::StacksLayers},
    {"PreparesRootsAndViews", snapshotter_suite::PreparesRootsAndViews},
    {"MakesALayerOfARoot", snapshotter_suite::MakesALayerOfARoot},
    {"MeasuresWhatWasWritten", snapshotter_suite::MeasuresWhatWasWritten},
    {"KeepsLayersThatSomethingStandsOn", snapshotter_suite::KeepsLayersThatSomethingStandsOn},
    {"RemovesADraftThatWasNotCommitted", snapshotter_suite::RemovesADraftThatWasNotCommitted},
    {"KeepsAllOverARestart", snapshotter_suite::KeepsAllOverARestart},
    {"DropsWhatWasNotSyncedInAnotherBoot", snapshotter_suite::DropsWhatWasNotSyncedInAnotherBoot},
};

// Runs every case on a new snapshotter of `make`.
inline void RunSnapshotterSuite(
    const std::function<std::unique_ptr<SnapshotterUnderTest>()>& make) {
  for (const SnapshotterCase& c : kSnapshotterSuite) {
    SCOPED_TRACE(c.name);
    std::unique_ptr<SnapshotterUnderTest> under_test = make();
    c.run(*under_test);
  }
}

}  // namespace berth::imageservice
