// SPDX-License-Identifier: Apache-2.0
#include "imageservice/metadata/snapshot_records.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::SizeIs;

class SnapshotRecordsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = MetadataDatabase::OpenSnapshots(space_.Join("snapshots.db"));
    ASSERT_THAT(database, IsOk());
    database_ = *std::move(database);
    layers_ = std::make_unique<LayerRecords>(*database_);
    rootfs_ = std::make_unique<RootfsRecords>(*database_);
  }

  test::TempDir space_;
  std::unique_ptr<MetadataDatabase> database_;
  std::unique_ptr<LayerRecords> layers_;
  std::unique_ptr<RootfsRecords> rootfs_;
};

TEST_F(SnapshotRecordsTest, KeepsLayers) {
  LayerRecord layer{.number = 7,
                    .chain_id = "c",
                    .parent = "p",
                    .usage = {4096, 3},
                    .opaque = true,
                    .durable = false,
                    .boot_id = "boot"};
  ASSERT_THAT(layers_->Add(layer), IsOk());
  layer.number = 8;
  EXPECT_THAT(layers_->Add(layer), StatusIs(absl::StatusCode::kAlreadyExists));
  layer.chain_id = "d";
  ASSERT_THAT(layers_->Add(layer), IsOk());
  ASSERT_OK_AND_ASSIGN(std::vector<LayerRecord> layers, layers_->Load());
  ASSERT_THAT(layers, SizeIs(2));
  EXPECT_EQ(layers[0].number, 7);
  EXPECT_EQ(layers[0].chain_id, "c");
  EXPECT_EQ(layers[0].parent, "p");
  EXPECT_EQ(layers[0].usage.bytes, 4096u);
  EXPECT_EQ(layers[0].usage.inodes, 3u);
  EXPECT_TRUE(layers[0].opaque);
  EXPECT_FALSE(layers[0].durable);
  EXPECT_EQ(layers[0].boot_id, "boot");
}

TEST_F(SnapshotRecordsTest, MarksAndRemovesLayersByNumber) {
  for (int64_t number : {1, 2, 3}) {
    ASSERT_THAT(layers_->Add({.number = number,
                              .chain_id = std::to_string(number),
                              .parent = "",
                              .usage = {},
                              .opaque = false,
                              .durable = false,
                              .boot_id = ""}),
                IsOk());
  }
  ASSERT_THAT(layers_->MarkDurable({1, 3}), IsOk());
  ASSERT_THAT(layers_->Remove({1, 99}), IsOk());
  ASSERT_THAT(layers_->Remove({}), IsOk());
  ASSERT_OK_AND_ASSIGN(std::vector<LayerRecord> layers, layers_->Load());
  ASSERT_THAT(layers, SizeIs(2));
  EXPECT_FALSE(layers[0].durable);
  EXPECT_TRUE(layers[1].durable);
}

TEST_F(SnapshotRecordsTest, KeepsRoots) {
  ASSERT_THAT(rootfs_->Add({"key", "chain", 5}), IsOk());
  EXPECT_THAT(rootfs_->Add({"key", "chain", 6}), StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_THAT(rootfs_->Add({"view", "", 0}), IsOk());
  ASSERT_THAT(rootfs_->Remove("view"), IsOk());
  ASSERT_THAT(rootfs_->Remove("view"), IsOk());
  ASSERT_OK_AND_ASSIGN(std::vector<RootfsRecord> roots, rootfs_->Load());
  ASSERT_THAT(roots, SizeIs(1));
  EXPECT_EQ(roots[0].key, "key");
  EXPECT_EQ(roots[0].chain_id, "chain");
  EXPECT_EQ(roots[0].number, 5);
}

}  // namespace
}  // namespace berth::imageservice
