// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/packed_source.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

#include "tests/support/compress.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;

absl::StatusOr<std::string> ReadAll(const std::string& bytes, size_t step) {
  PackedSource source([&, at = size_t{0}]() mutable -> absl::StatusOr<absl::string_view> {
    const absl::string_view piece = absl::string_view(bytes).substr(at, step);
    at += piece.size();
    return piece;
  });
  std::string all;
  while (true) {
    const absl::StatusOr<absl::string_view> piece = source.Next();
    if (!piece.ok()) {
      return piece.status();
    }
    if (piece->empty()) {
      return all;
    }
    all.append(piece->data(), piece->size());
  }
}

TEST(PackedSource, ReadsWhatIsInIt) {
  const std::string text = std::string(300000, 'a') + "end";
  for (const std::string& bytes : {text, test::Gzip(text), test::Zstd(text)}) {
    for (const size_t step : {7U, 5000U, 1U << 20}) {
      EXPECT_THAT(ReadAll(bytes, step), test::IsOkAndHolds(text));
    }
  }
  EXPECT_THAT(ReadAll("", 1), test::IsOkAndHolds(""));
}

TEST(PackedSource, ReadsWhatIsSeldom) {
  // "unpacked", by bzip2 and by xz.
  constexpr char kBzip2[] =
      "425a683931415926535972b1c18500000381802e0942002000220647a10c"
      "08fc7cc082ee48a70a120e563830a0";
  constexpr char kXz[] =
      "fd377a585a000004e6d6b4460200210116000000742fe5a3010007756e7061636b6564"
      "008b87e78def5f920600012008bb19d9bb1fb6f37d010000000004595a";
  for (const char* packed : {kBzip2, kXz}) {
    const std::string bytes = absl::HexStringToBytes(packed);
    for (const size_t step : {7U, 5000U}) {
      EXPECT_THAT(ReadAll(bytes, step), test::IsOkAndHolds("unpacked"));
    }
    EXPECT_THAT(ReadAll(bytes.substr(0, bytes.size() - 4), 100),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(PackedSource, TellsWhatIsCutShort) {
  const std::string packed = test::Gzip(std::string(5000, 'a') + "bcd");
  EXPECT_THAT(ReadAll(packed.substr(0, packed.size() - 4), 100),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::imageservice
