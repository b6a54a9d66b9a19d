// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/decompressor.h"

#include <algorithm>
#include <random>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

#include "tests/support/compress.h"

namespace berth::imageservice {
namespace {

using ::berth::test::Gzip;
using ::berth::test::Zstd;

class StringSink : public ByteSink {
 public:
  explicit StringSink(size_t space) : space_(space, '\0') {}
  std::span<char> Space() override { return space_; }
  absl::Status Advance(size_t size) override {
    bytes.append(space_.data(), size);
    return bytes.size() > limit ? absl::CancelledError("full") : absl::OkStatus();
  }

  std::string bytes;
  size_t limit = SIZE_MAX;

 private:
  std::string space_;
};

// Part noise, part repetition, so that blocks of every kind come up.
std::string SomeBytes(size_t size) {
  std::mt19937 random(7);
  std::string bytes;
  while (bytes.size() < size) {
    if (random() % 2 == 0) {
      bytes.append(random() % 300, static_cast<char>(random()));
    } else {
      bytes.push_back(static_cast<char>(random()));
    }
  }
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<std::string> Unpack(Compression compression, const std::string& packed, size_t step,
                                   size_t space) {
  std::unique_ptr<Decompressor> decompressor = Decompressor::New(compression);
  StringSink sink(space);
  for (size_t at = 0; at < packed.size(); at += step) {
    absl::Status status = decompressor->Feed(absl::string_view(packed).substr(at, step), sink);
    if (!status.ok()) {
      return status;
    }
  }
  absl::Status status = decompressor->Finish();
  if (!status.ok()) {
    return status;
  }
  return sink.bytes;
}

struct Case {
  const char* name;
  Compression compression;
  std::string (*pack)(const std::string&);
};

std::string Plain(const std::string& bytes) {
  return bytes;
}

class DecompressorTest : public ::testing::TestWithParam<Case> {};

TEST_P(DecompressorTest, UnpacksInPiecesOfAnySize) {
  for (size_t size : {0U, 1U, 1000U, 200000U}) {
    std::string bytes = SomeBytes(size);
    std::string packed = GetParam().pack(bytes);
    for (size_t step : {1U, 3U, 17U, 4096U, 1U << 20}) {
      for (size_t space : {1U, 100U, 4096U, 1U << 18}) {
        if (size / step * (size / space) > 1000000) {
          continue;  // slow and no different
        }
        absl::StatusOr<std::string> unpacked = Unpack(GetParam().compression, packed, step, space);
        ASSERT_TRUE(unpacked.ok()) << unpacked.status() << " size " << size << " step " << step;
        ASSERT_TRUE(*unpacked == bytes)
            << "size " << size << " step " << step << " space " << space;
      }
    }
  }
}

TEST_P(DecompressorTest, StopsAtASinkThatWantsNoMore) {
  std::string bytes = SomeBytes(100000);
  StringSink sink(4096);
  sink.limit = 10000;
  std::unique_ptr<Decompressor> decompressor = Decompressor::New(GetParam().compression);
  EXPECT_TRUE(absl::IsCancelled(decompressor->Feed(GetParam().pack(bytes), sink)));
  EXPECT_LE(sink.bytes.size(), 10000 + 4096u);
}

INSTANTIATE_TEST_SUITE_P(All, DecompressorTest,
                         ::testing::Values(Case{"none", Compression::kNone, Plain},
                                           Case{"gzip", Compression::kGzip, Gzip},
                                           Case{"zstd", Compression::kZstd, Zstd}),
                         [](const auto& c) { return c.param.name; });

TEST(Decompressor, UnpacksMembersAndFramesInARow) {
  std::string a = SomeBytes(5000);
  std::string b = SomeBytes(70000);
  for (size_t step : {1U, 2U, 5U, 64U, 1U << 20}) {
    absl::StatusOr<std::string> gzip =
        Unpack(Compression::kGzip, Gzip(a) + Gzip("") + Gzip(b), step, 4096);
    ASSERT_TRUE(gzip.ok()) << gzip.status();
    EXPECT_TRUE(*gzip == a + b) << step;
    absl::StatusOr<std::string> zstd =
        Unpack(Compression::kZstd, Zstd(a) + Zstd("") + Zstd(b), step, 4096);
    ASSERT_TRUE(zstd.ok()) << zstd.status();
    EXPECT_TRUE(*zstd == a + b) << step;
  }
}

TEST(Decompressor, ReadsGzipHeadersWithEveryField) {
  std::string packed = Gzip("content");
  std::string header = packed.substr(0, 10);
  header[3] = 0x1c;  // extra, name, comment
  std::string fields = std::string(
                           "\x04\x00"
                           "abcd",
                           6) +
                       std::string("name\0", 5) + std::string("comment\0", 8);
  for (size_t step : {1U, 3U, 11U, 12U, 13U, 100U}) {
    absl::StatusOr<std::string> unpacked =
        Unpack(Compression::kGzip, header + fields + packed.substr(10) + packed, step, 64);
    ASSERT_TRUE(unpacked.ok()) << unpacked.status();
    EXPECT_EQ(*unpacked, "contentcontent");
  }
}

TEST(Decompressor, RefusesAStreamThatIsCutShort) {
  std::string bytes = SomeBytes(3000);
  for (const Case& c : {Case{"", Compression::kGzip, Gzip}, Case{"", Compression::kZstd, Zstd}}) {
    std::string packed = c.pack(bytes);
    for (size_t size = 0; size < packed.size(); ++size) {
      EXPECT_TRUE(
          absl::IsDataLoss(Unpack(c.compression, packed.substr(0, size), 100, 1000).status()))
          << size;
    }
  }
}

TEST(Decompressor, RefusesBytesAfterTheEnd) {
  EXPECT_TRUE(absl::IsDataLoss(Unpack(Compression::kGzip, Gzip("a") + "garbage", 3, 100).status()));
  EXPECT_TRUE(absl::IsDataLoss(Unpack(Compression::kZstd, Zstd("a") + "garbage", 3, 100).status()));
}

TEST(Decompressor, RefusesAWrongChecksum) {
  std::string packed = Gzip(SomeBytes(1000));
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  EXPECT_TRUE(absl::IsDataLoss(Unpack(Compression::kGzip, packed, 100, 100).status()));
}

TEST(Decompressor, RefusesWhatIsPackedOtherwise) {
  EXPECT_TRUE(absl::IsDataLoss(Unpack(Compression::kGzip, Zstd("a"), 100, 100).status()));
  EXPECT_TRUE(absl::IsDataLoss(Unpack(Compression::kZstd, Gzip("a"), 100, 100).status()));
  EXPECT_TRUE(
      absl::IsDataLoss(Unpack(Compression::kGzip, std::string(1024, '\0'), 100, 100).status()));
}

}  // namespace
}  // namespace berth::imageservice
