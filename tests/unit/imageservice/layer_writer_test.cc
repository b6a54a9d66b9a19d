// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_writer.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

TEST(LayerWriter, KnowsBothDigestsBeforeTheBlobIsThere) {
  test::InMemoryContentStore content;
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<LayerWriter> writer,
                       LayerWriter::New(content, Compression::kGzip));
  ASSERT_THAT(writer->Write("some"), IsOk());
  ASSERT_THAT(writer->Write(" bytes"), IsOk());
  ASSERT_OK_AND_ASSIGN(const LayerWriter::Outcome outcome, writer->Finish());
  EXPECT_EQ(outcome.diff_id, Digest::OfBytes("some bytes"));
  EXPECT_FALSE(content.Has(outcome.blob));
  ASSERT_THAT(writer->Commit(), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string blob, content.Read(outcome.blob, 1000));
  EXPECT_EQ(blob.size(), outcome.size);
  EXPECT_EQ(blob.substr(0, 2), "\x1f\x8b");
}

TEST(LayerWriter, LeavesNothingWhenAbandoned) {
  test::InMemoryContentStore content;
  {
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<LayerWriter> writer,
                         LayerWriter::New(content, Compression::kNone));
    ASSERT_THAT(writer->Write("bytes"), IsOk());
    ASSERT_THAT(writer->Finish(), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<BlobEntry> blobs, content.List());
  EXPECT_TRUE(blobs.empty());
}

}  // namespace
}  // namespace berth::imageservice
