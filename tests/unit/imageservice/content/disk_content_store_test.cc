// SPDX-License-Identifier: Apache-2.0
#include "imageservice/content/disk_content_store.h"

#include <sys/stat.h>
#include <unistd.h>

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
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DiskContentStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    auto store = DiskContentStore::Open(space_.Join("content"));
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }
  std::string PathOf(const Digest& digest) {
    return space_.Join("content/blobs/sha256/" + std::string(digest.hex()));
  }

  test::TempDir space_;
  std::unique_ptr<DiskContentStore> store_;
};

TEST_F(DiskContentStoreTest, KeepsWhatWasCommitted) {
  Digest digest = Digest::OfBytes("hello");
  EXPECT_FALSE(store_->Has(digest));
  ASSERT_THAT(WriteBlob(*store_, digest, "hello"), IsOk());
  ASSERT_THAT(store_->MakeDurable({digest}), IsOk());
  Open();
  EXPECT_TRUE(store_->Has(digest));
  EXPECT_THAT(store_->Read(digest, 5), IsOkAndHolds("hello"));
  ASSERT_OK_AND_ASSIGN(std::vector<BlobEntry> blobs, store_->List());
  ASSERT_EQ(blobs.size(), 1u);
  EXPECT_EQ(blobs[0].digest, digest);
  EXPECT_EQ(blobs[0].size, 5u);
  struct stat info = {};
  ASSERT_EQ(stat(PathOf(digest).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077, 0u);
}

TEST_F(DiskContentStoreTest, ShowsNothingBeforeTheCommit) {
  {
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<BlobIngest> ingest, store_->NewIngest());
    ASSERT_THAT(ingest->Write("he"), IsOk());
    ASSERT_THAT(ingest->Write("llo"), IsOk());
    EXPECT_EQ(ingest->size(), 5u);
    EXPECT_THAT(store_->List(), IsOkAndHolds(IsEmpty()));
  }
  EXPECT_THAT(store_->List(), IsOkAndHolds(IsEmpty()));
}

TEST_F(DiskContentStoreTest, RefusesAnotherDigest) {
  EXPECT_THAT(WriteBlob(*store_, Digest::OfBytes("hello"), "hullo"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store_->List(), IsOkAndHolds(IsEmpty()));
}

TEST_F(DiskContentStoreTest, TakesTheSameBlobTwice) {
  Digest digest = Digest::OfBytes("hello");
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<BlobIngest> slow, store_->NewIngest());
  ASSERT_THAT(slow->Write("hello"), IsOk());
  ASSERT_THAT(WriteBlob(*store_, digest, "hello"), IsOk());
  EXPECT_THAT(slow->Commit(digest), IsOk());
  EXPECT_THAT(store_->List(), IsOkAndHolds(SizeIs(1)));
}

TEST_F(DiskContentStoreTest, TellsADamagedBlob) {
  Digest digest = Digest::OfBytes("hello");
  ASSERT_THAT(WriteBlob(*store_, digest, "hello"), IsOk());
  EXPECT_THAT(store_->Read(digest, 4), StatusIs(absl::StatusCode::kDataLoss))
      << "larger than asked for";
  ASSERT_EQ(truncate(PathOf(digest).c_str(), 3), 0);
  EXPECT_THAT(store_->Read(digest, 5), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(DiskContentStoreTest, RemovesBlobs) {
  Digest digest = Digest::OfBytes("hello");
  ASSERT_THAT(WriteBlob(*store_, digest, "hello"), IsOk());
  EXPECT_THAT(store_->Remove(digest), IsOk());
  EXPECT_THAT(store_->Remove(digest), IsOk());
  EXPECT_THAT(store_->Read(digest, 5), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->Open(digest), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->MakeDurable({digest}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DiskContentStoreTest, IgnoresFilesThatAreNoBlobs) {
  space_.Write("content/blobs/sha256/README", "x");
  EXPECT_THAT(store_->List(), IsOkAndHolds(IsEmpty()));
}

TEST_F(DiskContentStoreTest, EmptiesTheIngestDirectoryWhenOpened) {
  std::string partial = space_.Write("content/ingest/partial", "x");
  Open();
  EXPECT_NE(access(partial.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace berth::imageservice
