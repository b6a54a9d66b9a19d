// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_recorder.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

TEST(ImageRecorder, AnImageIsRecordedWithItsDocuments) {
  test::TempDir space;
  test::InMemoryContentStore content;
  auto database = MetadataDatabase::OpenImages(space.Join("images.db"));
  ASSERT_THAT(database, IsOk());
  ImageRecords records(**database);
  ImageCatalog images({});
  ImageRecorder recorder(content, records, images);
  const Digest id = Digest::OfBytes("{}");
  const ImageRecord record{
      .id = id.str(), .names = {{"a.org/a:1", id}}, .blobs = {{id, 2, "config"}}};
  ImageConfig config;
  config.os = "linux";
  ASSERT_THAT(recorder.Record(record, {{id, "config", "{}"}}, config), IsOk());
  EXPECT_TRUE(content.Has(id));
  ASSERT_OK_AND_ASSIGN(const Image image, images.Find("a.org/a:1"));
  EXPECT_EQ(image.os, "linux");
  ASSERT_OK_AND_ASSIGN(const std::vector<ImageRecord> loaded, records.Load());
  ASSERT_EQ(loaded.size(), 1u);
  EXPECT_EQ(loaded[0].id, id.str());
}

}  // namespace
}  // namespace berth::imageservice
