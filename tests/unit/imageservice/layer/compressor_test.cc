// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/compressor.h"

#include <algorithm>
#include <random>
#include <string>

#include "gtest/gtest.h"

#include "base/digest.h"
#include "imageservice/layer/decompressor.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

// Half of it noise, so that no block vanishes.
std::string SomeBytes(size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, 'x');
  for (size_t i = 0; i < size; i += 2) {
    bytes[i] = static_cast<char>(random());
  }
  return bytes;
}

std::string Pack(Compression compression, const std::string& bytes, size_t step) {
  std::string packed;
  const std::unique_ptr<Compressor> compressor =
      Compressor::New(compression, [&packed](absl::string_view piece) {
        packed.append(piece.data(), piece.size());
        return absl::OkStatus();
      });
  for (size_t at = 0; at < bytes.size(); at += step) {
    EXPECT_THAT(compressor->Write(absl::string_view(bytes).substr(at, step)), IsOk());
  }
  EXPECT_THAT(compressor->Finish(), IsOk());
  return packed;
}

class StringSink : public ByteSink {
 public:
  std::span<char> Space() override { return space_; }
  absl::Status Advance(size_t size) override {
    bytes.append(space_.data(), size);
    return absl::OkStatus();
  }
  std::string bytes;

 private:
  std::string space_ = std::string(4096, '\0');
};

class CompressorTest : public ::testing::TestWithParam<Compression> {};

TEST_P(CompressorTest, WhatItPacksIsUnpackedAgain) {
  for (const size_t size : {0U, 1U, 5000U, (1U << 20), (3U << 20) + 17}) {
    const std::string bytes = SomeBytes(size);
    const std::string packed = Pack(GetParam(), bytes, 1 << 20);
    StringSink sink;
    const std::unique_ptr<Decompressor> decompressor = Decompressor::New(GetParam());
    ASSERT_THAT(decompressor->Feed(packed, sink), IsOk());
    ASSERT_THAT(decompressor->Finish(), IsOk()) << size;
    EXPECT_TRUE(sink.bytes == bytes) << size;
  }
}

TEST_P(CompressorTest, ThePiecesMakeNoDifference) {
  const std::string bytes = SomeBytes((2 << 20) + 99);
  const std::string packed = Pack(GetParam(), bytes, bytes.size());
  for (const size_t step : {4093U, 65536U, (1U << 20) + 1}) {
    EXPECT_TRUE(Pack(GetParam(), bytes, step) == packed) << step;
  }
}

TEST_P(CompressorTest, ASinkThatFailsEndsIt) {
  const std::unique_ptr<Compressor> compressor = Compressor::New(
      GetParam(), [](absl::string_view) { return absl::ResourceExhaustedError("full"); });
  absl::Status status = compressor->Write(SomeBytes(100));
  if (status.ok()) {
    status = compressor->Finish();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
}

INSTANTIATE_TEST_SUITE_P(All, CompressorTest,
                         ::testing::Values(Compression::kNone, Compression::kGzip,
                                           Compression::kZstd));

// Bytes that may not change: the digests of images that are built again depend on them.
TEST(Compressor, IsTheSameEverywhere) {
  const std::string bytes(3 << 20, 'a');
  EXPECT_EQ(Digest::OfBytes(Pack(Compression::kGzip, bytes, 4096)).str(),
            "sha256:bfcc9065ebd7fa59d2eb41ad5f927a06146825408caa3c87122d6b688459048d");
  EXPECT_EQ(Digest::OfBytes(Pack(Compression::kZstd, bytes, 4096)).str(),
            "sha256:b0940ac4739890a6c04a15d76d8494e5d155430f6c0dd73107e4cd6b1153d3e4");
}

}  // namespace
}  // namespace berth::imageservice
