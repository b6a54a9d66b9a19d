// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/layer_pipeline.h"

#include <fcntl.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "tests/support/compress.h"
#include "tests/support/kernel_test.h"
#include "tests/support/no_threads.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::Gzip;
using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;

absl::StatusOr<LayerPipeline::Outcome> Unpack(const std::string& packed, uint64_t max_bytes) {
  test::TempDir space;
  MergedView none;
  ASSIGN_OR_RETURN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  LayerPipeline pipeline(Compression::kGzip, extractor, max_bytes);
  for (size_t at = 0; at < packed.size(); at += 10000) {
    RETURN_IF_ERROR(pipeline.Write(absl::string_view(packed).substr(at, 10000)));
  }
  return pipeline.Finish();
}

KERNEL_TEST(LayerPipeline, HashesEverythingThatComesOut) {
  TarBuilder tar;
  std::string bytes =
      tar.File("f", std::string(3'000'000, 'x')).Finish() + std::string(700'000, '\0') + "trailing";
  ASSERT_OK_AND_ASSIGN(LayerPipeline::Outcome outcome, Unpack(Gzip(bytes), UINT64_MAX));
  EXPECT_EQ(outcome.diff_id, Digest::OfBytes(bytes));
  EXPECT_EQ(outcome.bytes, bytes.size());
  EXPECT_FALSE(outcome.needs_parents);
}

KERNEL_TEST(LayerPipeline, StopsWhereTheDiskWouldBeFull) {
  TarBuilder tar;
  std::string packed = Gzip(tar.File("f", std::string(8 << 20, '\0')).Finish());
  EXPECT_THAT(Unpack(packed, 4 << 20), StatusIs(absl::StatusCode::kResourceExhausted));
}

KERNEL_TEST(LayerPipeline, IsRefusedWhereThereIsNoThread) {
  const std::string packed = Gzip(TarBuilder().File("f", "x").Finish());
  test::TempDir space;
  MergedView none;
  ASSERT_OK_AND_ASSIGN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  test::ExpectWithoutThreads([&] {
    LayerPipeline pipeline(Compression::kGzip, extractor, UINT64_MAX);
    return absl::IsResourceExhausted(pipeline.Write(packed)) &&
           absl::IsResourceExhausted(pipeline.Finish().status());
  });
}

KERNEL_TEST(LayerPipeline, StopsABomb) {
  // Many members of the same zeros: each gigabyte that comes out costs a megabyte, so the ratio of
  // one gzip member cannot reach the limit. A zstd frame can.
  TarBuilder tar;
  std::string zeros = tar.Member("f", '0', "", "", {.pax = {{"size", "8589934592"}}}).bytes();
  zeros.resize(zeros.size() + (1 << 20), '\0');
  std::string frame = test::Zstd(std::string(64 << 20, '\0'));
  std::string packed = test::Zstd(zeros);
  for (int i = 0; i < 40; ++i) {
    packed += frame;
  }
  test::TempDir space;
  MergedView none;
  ASSERT_OK_AND_ASSIGN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  LayerPipeline pipeline(Compression::kZstd, extractor, UINT64_MAX);
  absl::Status status = pipeline.Write(packed);
  if (status.ok()) {
    status = pipeline.Finish().status();
  }
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("times its size")));
}

// Both threads end: the one that unpacks, and the one that waits for room in the queue.
KERNEL_TEST(LayerPipeline, EndsAtTheMemberWhereItMayNotGoOn) {
  TarBuilder tar;
  for (int i = 0; i < 1000; ++i) {
    tar.File(absl::StrCat("f", i), "");
  }
  const std::string packed = Gzip(tar.File("big", std::string(64 << 20, '\0')).Finish());
  test::TempDir space;
  MergedView none;
  ASSERT_OK_AND_ASSIGN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  int asked = 0;
  LayerPipeline pipeline(Compression::kGzip, extractor, UINT64_MAX, [&asked] {
    return ++asked > 100 ? absl::CancelledError("gone") : absl::OkStatus();
  });
  EXPECT_THAT(pipeline.Write(packed), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(pipeline.Finish().status(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(asked, 101);
  EXPECT_LT(extractor.usage().inodes, 102u);
}

KERNEL_TEST(LayerPipeline, ReportsAMalformedStream) {
  TarBuilder tar;
  std::string packed = Gzip(tar.File("f", std::string(100'000, 'x')).Finish());
  EXPECT_THAT(Unpack(packed.substr(0, packed.size() - 3), UINT64_MAX),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Unpack(packed + "tail", UINT64_MAX), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Unpack(Gzip("no archive at all"), UINT64_MAX), StatusIs(absl::StatusCode::kDataLoss));
}

KERNEL_TEST(LayerPipeline, CanBeAbandoned) {
  TarBuilder tar;
  std::string packed = Gzip(tar.File("f", std::string(3'000'000, 'x')).Finish());
  test::TempDir space;
  MergedView none;
  ASSERT_OK_AND_ASSIGN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  LayerPipeline pipeline(Compression::kGzip, extractor, UINT64_MAX);
  EXPECT_THAT(pipeline.Write(packed.substr(0, packed.size() / 2)), IsOk());
}

}  // namespace
}  // namespace berth::imageservice
