// SPDX-License-Identifier: Apache-2.0
#include "imageservice/store_upkeep.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/snapshot/overlay_snapshotter.h"
#include "tests/kernel/imageservice/snapshot/snapshotter_suite.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::Eventually;
using ::berth::test::IsOk;

class House {
 public:
  explicit House(StoreUpkeep::Periods periods, absl::Duration collect = absl::InfiniteDuration()) {
    records_ = *MetadataDatabase::OpenSnapshots(space_.Join("snapshots.db"));
    snapshotter_ = *OverlaySnapshotter::Open(space_.path(), "boot", *records_);
    EXPECT_THAT(snapshotter_suite::AddLayer(*snapshotter_, "a", ""), IsOk());
    upkeep_ = std::make_unique<StoreUpkeep>(
        *snapshotter_, *records_,
        StoreUpkeep::Collection{.chore = [this] { return Collect(); }, .interval = collect},
        periods);
  }
  bool TrashIsEmpty() const { return std::filesystem::is_empty(space_.Join("trash")); }
  OverlaySnapshotter& snapshotter() { return *snapshotter_; }
  MetadataDatabase& records() { return *records_; }
  StoreUpkeep& upkeep() { return *upkeep_; }
  int collections() const { return collections_; }

 private:
  absl::Status Collect() {
    ++collections_;
    return absl::InternalError("tried again later");
  }

  test::TempDir space_;
  std::atomic<int> collections_ = 0;
  std::unique_ptr<MetadataDatabase> records_;
  std::unique_ptr<OverlaySnapshotter> snapshotter_;
  std::unique_ptr<StoreUpkeep> upkeep_;
};

KERNEL_TEST(StoreUpkeep, MeasuresRoots) {
  House house({.measure = absl::Milliseconds(1), .sync = absl::InfiniteDuration()});
  ASSERT_OK_AND_ASSIGN(Rootfs root, house.snapshotter().PrepareRootfs("key", "a"));
  EXPECT_TRUE(Eventually([&] { return house.upkeep().UsageOf("key").inodes > 0; }));
  SnapshotUsage before = house.upkeep().UsageOf("key");
  snapshotter_suite::Mounted(root, "written");
  EXPECT_TRUE(Eventually([&] { return house.upkeep().UsageOf("key").bytes > before.bytes; }));
  EXPECT_GT(house.upkeep().UsageOf("key").at, before.at);
  EXPECT_GT(house.upkeep().AllRootfsUsage().bytes, 0u);
  ASSERT_THAT(house.snapshotter().RemoveRootfs("key"), IsOk());
  EXPECT_TRUE(Eventually([&] { return house.upkeep().AllRootfsUsage().inodes == 0; }));
}

KERNEL_TEST(StoreUpkeep, ForgetsARemovedRootAtOnce) {
  House house({.measure = absl::Milliseconds(1), .sync = absl::InfiniteDuration()});
  ASSERT_THAT(house.snapshotter().PrepareRootfs("key", "a"), IsOk());
  ASSERT_TRUE(Eventually([&] { return house.upkeep().UsageOf("key").inodes > 0; }));
  ASSERT_THAT(house.snapshotter().RemoveRootfs("key"), IsOk());
  house.upkeep().Forget("key");
  house.upkeep().Forget("unknown");
  EXPECT_TRUE(Eventually([&] { return house.upkeep().UsageOf("key").inodes == 0; }));
}

KERNEL_TEST(StoreUpkeep, EmptiesTheTrashWhenToldSo) {
  House house({.measure = absl::InfiniteDuration(), .sync = absl::InfiniteDuration()});
  ASSERT_THAT(house.snapshotter().PrepareRootfs("key", "a"), IsOk());
  ASSERT_THAT(house.snapshotter().RemoveRootfs("key"), IsOk());
  house.upkeep().TrashFilled();
  EXPECT_TRUE(Eventually([&] { return house.TrashIsEmpty(); }));
}

KERNEL_TEST(StoreUpkeep, CollectsEveryIntervalWhateverComesOfIt) {
  House house({.measure = absl::InfiniteDuration(), .sync = absl::InfiniteDuration()},
              absl::Milliseconds(1));
  EXPECT_TRUE(Eventually([&] { return house.collections() > 2; }));
}

KERNEL_TEST(StoreUpkeep, SyncsLayersAndMovesTheLog) {
  House house({.measure = absl::InfiniteDuration(), .sync = absl::Milliseconds(1)});
  EXPECT_TRUE(Eventually([&] {
    absl::StatusOr<std::vector<LayerRecord>> layers = LayerRecords(house.records()).Load();
    return layers.ok() && layers->size() == 1 && layers->front().durable;
  }));
  EXPECT_TRUE(Eventually([&] { return house.records().transactions() == 0; }));
}

}  // namespace
}  // namespace berth::imageservice
