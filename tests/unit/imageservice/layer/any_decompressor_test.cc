// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/any_decompressor.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/compress.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

absl::StatusOr<std::string> Unpack(const std::string& packed, uint64_t max_bytes = 1 << 20) {
  size_t taken = 0;
  AnyDecompressor decompressor(
      [&]() -> absl::StatusOr<absl::string_view> {
        const absl::string_view piece = absl::string_view(packed).substr(taken, 100);
        taken += piece.size();
        return piece;
      },
      max_bytes);
  std::string text;
  while (true) {
    const absl::StatusOr<absl::string_view> piece = decompressor.Next();
    if (!piece.ok()) {
      return piece.status();
    }
    if (piece->empty()) {
      return text;
    }
    text += std::string(*piece);
  }
}

TEST(AnyDecompressor, TakesWhatComes) {
  const std::string text(5000, 'x');
  EXPECT_THAT(Unpack(text), IsOkAndHolds(text));
  EXPECT_THAT(Unpack(test::Gzip(text)), IsOkAndHolds(text));
  EXPECT_THAT(Unpack(test::Zstd(text)), IsOkAndHolds(text));
  EXPECT_THAT(Unpack(""), IsOkAndHolds(std::string()));
}

TEST(AnyDecompressor, HasALimit) {
  EXPECT_THAT(Unpack(test::Gzip(std::string(5000, 'x')), 4999),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(AnyDecompressor, SaysWhatIsCutShort) {
  const std::string packed = test::Gzip(std::string(5000, 'x'));
  EXPECT_THAT(Unpack(packed.substr(0, packed.size() - 10)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(LooksLikeTar, KnowsAHeaderByItsSum) {
  std::string header(kTarBlock, '\0');
  header[0] = 'a';
  header.replace(148, 8, "000541\0 ", 8);  // 'a' and eight blanks
  EXPECT_TRUE(LooksLikeTar(header));
  header[1] = 'b';
  EXPECT_FALSE(LooksLikeTar(header));
  EXPECT_FALSE(LooksLikeTar(std::string(kTarBlock, '\0')));
  EXPECT_FALSE(LooksLikeTar("short"));
}

TEST(LooksLikeArchive, KnowsWhatIsPackedToo) {
  std::string old_tar(kTarBlock, '\0');  // without "ustar"
  old_tar[0] = 'a';
  old_tar.replace(148, 8, "000541\0 ", 8);
  EXPECT_TRUE(LooksLikeArchive(old_tar));
  EXPECT_TRUE(LooksLikeArchive(test::Gzip("x")));
  EXPECT_TRUE(LooksLikeArchive(test::Zstd("x")));
  EXPECT_TRUE(LooksLikeArchive("BZh9"));
  EXPECT_TRUE(
      LooksLikeArchive("\xfd"
                       "7zXZ"));
  EXPECT_FALSE(LooksLikeArchive("FROM scratch\n"));
  EXPECT_FALSE(LooksLikeArchive(""));
}

}  // namespace
}  // namespace berth::imageservice
