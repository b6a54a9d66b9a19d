// SPDX-License-Identifier: Apache-2.0
#include "imageservice/metadata/image_records.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::testing::SizeIs;

const Digest kTarget = Digest::OfBytes("target");

class ImageRecordsTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    records_.reset();
    auto database = MetadataDatabase::OpenImages(space_.Join("images.db"));
    ASSERT_THAT(database, IsOk());
    database_ = *std::move(database);
    records_ = std::make_unique<ImageRecords>(*database_);
  }
  std::vector<ImageRecord> Load() {
    absl::StatusOr<std::vector<ImageRecord>> records = records_->Load();
    EXPECT_THAT(records, IsOk());
    return records.ok() ? *std::move(records) : std::vector<ImageRecord>();
  }

  test::TempDir space_;
  std::unique_ptr<MetadataDatabase> database_;
  std::unique_ptr<ImageRecords> records_;
};

TEST_F(ImageRecordsTest, KeepsImagesOverARestart) {
  ImageRecord image{
      .id = "sha256:a",
      .names = {{"a:1", kTarget}, {"a@sha256:1", kTarget}},
      .blobs = {{Digest::OfBytes("x"), 1, "config"}, {Digest::OfBytes("yy"), 2, "layer"}}};
  ASSERT_THAT(records_->Put(image), IsOk());
  ASSERT_THAT(records_->Put({.id = "sha256:b", .names = {}, .blobs = {}}), IsOk());
  Open();
  std::vector<ImageRecord> images = Load();
  ASSERT_THAT(images, SizeIs(2));
  EXPECT_EQ(images[0].id, "sha256:a");
  ASSERT_THAT(images[0].names, SizeIs(2));
  EXPECT_EQ(images[0].names[0].name, "a:1");
  EXPECT_EQ(images[0].names[0].target, kTarget);
  ASSERT_THAT(images[0].blobs, SizeIs(2));
  EXPECT_EQ(images[0].blobs[0].size + images[0].blobs[1].size, 3u);
  EXPECT_THAT(images[1].names, SizeIs(0));
}

TEST_F(ImageRecordsTest, AddsToAnImageAndMovesNames) {
  ASSERT_THAT(records_->Put({.id = "a",
                             .names = {{"n:1", kTarget}, {"n:2", kTarget}},
                             .blobs = {{Digest::OfBytes("x"), 1, "t"}}}),
              IsOk());
  ASSERT_THAT(records_->Put({.id = "b", .names = {{"n:1", kTarget}}, .blobs = {}}), IsOk());
  ASSERT_THAT(
      records_->Put(
          {.id = "a", .names = {{"n:3", kTarget}}, .blobs = {{Digest::OfBytes("y"), 1, "t"}}}),
      IsOk());
  std::vector<ImageRecord> images = Load();
  ASSERT_THAT(images, SizeIs(2));
  ASSERT_THAT(images[0].names, SizeIs(2));
  EXPECT_EQ(images[0].names[0].name, "n:2");
  EXPECT_EQ(images[0].names[1].name, "n:3");
  EXPECT_THAT(images[0].blobs, SizeIs(2));
  EXPECT_EQ(images[1].names[0].name, "n:1");
}

TEST_F(ImageRecordsTest, RemovesAnImageWithAllItsNames) {
  ASSERT_THAT(
      records_->Put(
          {.id = "a", .names = {{"n:1", kTarget}}, .blobs = {{Digest::OfBytes("x"), 1, "t"}}}),
      IsOk());
  ASSERT_THAT(records_->Remove("a"), IsOk());
  EXPECT_THAT(records_->Remove("a"), IsOk());
  EXPECT_THAT(Load(), SizeIs(0));
  ASSERT_THAT(records_->Put({.id = "a", .names = {}, .blobs = {}}), IsOk());
  EXPECT_THAT(Load()[0].blobs, SizeIs(0));
}

}  // namespace
}  // namespace berth::imageservice
