// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/packed_source.h"

#include <string>

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

TEST(PackedSource, TellsWhatIsCutShort) {
  const std::string packed = test::Gzip(std::string(5000, 'a') + "bcd");
  EXPECT_THAT(ReadAll(packed.substr(0, packed.size() - 4), 100),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::imageservice
