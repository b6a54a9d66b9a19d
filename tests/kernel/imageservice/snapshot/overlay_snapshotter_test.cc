// SPDX-License-Identifier: Apache-2.0
#include "imageservice/snapshot/overlay_snapshotter.h"

#include <sys/xattr.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/layer/merged_view.h"
#include "tests/kernel/imageservice/snapshot/snapshotter_suite.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

class Overlay : public SnapshotterUnderTest {
 public:
  Overlay() { Reopen("boot-1"); }

  Snapshotter& Reopen(const std::string& boot_id) override {
    snapshotter_.reset();
    records_.reset();
    auto records = MetadataDatabase::OpenSnapshots(space_.Join("snapshots.db"));
    EXPECT_THAT(records, IsOk());
    records_ = *std::move(records);
    auto snapshotter = OverlaySnapshotter::Open(space_.path(), boot_id, *records_);
    EXPECT_THAT(snapshotter, IsOk());
    snapshotter_ = *std::move(snapshotter);
    return *snapshotter_;
  }
  Snapshotter& get() override { return *snapshotter_; }
  const test::TempDir& space() const { return space_; }

 private:
  test::TempDir space_;
  std::unique_ptr<MetadataDatabase> records_;
  std::unique_ptr<OverlaySnapshotter> snapshotter_;
};

KERNEL_TEST(OverlaySnapshotter, PassesTheSuite) {
  RunSnapshotterSuite([] { return std::make_unique<Overlay>(); });
}

KERNEL_TEST(OverlaySnapshotter, ShowsNothingBelowALayerWithAnOpaqueRoot) {
  Overlay overlay;
  ASSERT_THAT(snapshotter_suite::AddLayer(overlay.get(), "a", ""), IsOk());
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SnapshotDraft> draft, overlay.get().NewDraft());
  ASSERT_OK_AND_ASSIGN(sys::Fd directory, draft->OpenDirectory());
  ASSERT_EQ(fsetxattr(directory.get(), kOpaqueXattr, "y", 1, 0), 0);
  ASSERT_THAT(draft->Commit("b", "a", {}), IsOk());
  ASSERT_THAT(snapshotter_suite::AddLayer(overlay.get(), "c", "b"), IsOk());
  ASSERT_OK_AND_ASSIGN(Rootfs root, overlay.Reopen("boot-1").PrepareRootfs("key", "c"));
  EXPECT_EQ(root.lower.size(), 2u);
  EXPECT_EQ(snapshotter_suite::Mounted(root), "c");
}

KERNEL_TEST(OverlaySnapshotter, KeepsMountOptionsShort) {
  Overlay overlay;
  std::string parent;
  for (int i = 0; i < 120; ++i) {
    std::string chain_id = std::to_string(i);
    ASSERT_THAT(snapshotter_suite::AddLayer(overlay.get(), chain_id, parent), IsOk());
    parent = chain_id;
  }
  ASSERT_OK_AND_ASSIGN(Rootfs root, overlay.get().PrepareRootfs(std::string(64, 'k'), parent));
  size_t longest = root.upper.size();
  for (const std::string& lower : root.lower) {
    longest = std::max(longest, lower.size());
  }
  EXPECT_LE(longest, overlay.space().path().size() + std::string("/snapshots/999/fs").size());
}

KERNEL_TEST(OverlaySnapshotter, ServesManyAtOnce) {
  Overlay overlay;
  ASSERT_THAT(snapshotter_suite::AddLayer(overlay.get(), "base", ""), IsOk());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&overlay, t] {
      Snapshotter& snapshotter = overlay.get();
      for (int i = 0; i < 25; ++i) {
        std::string key = std::to_string(t) + "-" + std::to_string(i);
        ASSERT_THAT(snapshotter_suite::AddLayer(snapshotter, key, "base"), IsOk());
        absl::StatusOr<Rootfs> root = snapshotter.PrepareRootfs(key, key);
        if (absl::IsNotFound(root.status())) {
          continue;  // another thread has removed the layer, on which nothing stood
        }
        ASSERT_THAT(root.status(), IsOk());
        ASSERT_THAT(snapshotter.RemoveLayersExcept({"base"}), IsOk());
        EXPECT_TRUE(snapshotter.HasLayer(key));
        ASSERT_THAT(snapshotter.RemoveRootfs(key), IsOk());
        ASSERT_THAT(snapshotter.EmptyTrash(), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ASSERT_THAT(overlay.get().RemoveLayersExcept({}), IsOk());
  EXPECT_EQ(overlay.get().LayersUsage().bytes, 0u);
  EXPECT_EQ(snapshotter_suite::Names(overlay.space().Join("snapshots")), "0");
}

}  // namespace
}  // namespace berth::imageservice
