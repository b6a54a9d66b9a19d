// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_headers.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/big_endian.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::IsEmpty;
using ::testing::Lt;

std::string Number(size_t number) {
  std::string bytes;
  AppendUint32(static_cast<uint32_t>(number), bytes);
  return bytes;
}

std::string Text(absl::string_view text) {
  return absl::StrCat(Number(text.size()), text);
}

TEST(SpdyHeaderDictionary, IsTheOneOfTheStandard) {
  const absl::string_view dictionary = SpdyHeaderDictionary();
  EXPECT_EQ(dictionary.size(), 1423u);
  EXPECT_EQ(adler32(adler32(0, nullptr, 0), reinterpret_cast<const Bytef*>(dictionary.data()),
                    static_cast<uInt>(dictionary.size())),
            0xe3c6a7c2u);
}

TEST(SpdyHeaderBlock, IsReadAsItWasWritten) {
  const SpdyHeaders headers = {
      {"streamtype", "data"}, {"port", "80"}, {"empty", ""}, {"two", std::string("a\0b", 3)}};
  EXPECT_THAT(ParseHeaderBlock(FormatHeaderBlock(headers)), IsOkAndHolds(headers));
  EXPECT_THAT(ParseHeaderBlock(FormatHeaderBlock({})), IsOkAndHolds(IsEmpty()));
}

TEST(SpdyHeaderBlock, LooksAsTheStandardSays) {
  EXPECT_EQ(FormatHeaderBlock({{"port", "80"}}),
            absl::StrCat(Number(1), Number(4), "port", Number(2), "80"));
}

TEST(SpdyHeaderBlock, ThatIsMalformedIsRefused) {
  const struct {
    const char* name;
    std::string block;
  } kCases[] = {
      {"nothing", ""},
      {"half a count", std::string(3, '\0')},
      {"fewer than said", Number(1)},
      {"no value", Number(1) + Text("port")},
      {"name cut short", Number(1) + Number(5) + "port"},
      {"value cut short", Number(1) + Text("port") + Number(3) + "80"},
      {"value of 4 GiB", Number(1) + Text("port") + Number(0xffffffff) + "80"},
      {"more than said", Number(0) + Text("port") + Text("80")},
      {"no name", Number(1) + Text("") + Text("80")},
      {"capitals", Number(1) + Text("streamType") + Text("data")},
      {"a space", Number(1) + Text("stream type") + Text("data")},
      {"a line's end", Number(1) + Text("port\n") + Text("80")},
      {"a byte that is not ASCII", Number(1) + Text("\xc3\xa9") + Text("80")},
      {"twice", Number(2) + Text("port") + Text("80") + Text("port") + Text("81")},
      {"connection", Number(1) + Text("connection") + Text("close")},
      {"host", Number(1) + Text("host") + Text("a")},
      {"keep-alive", Number(1) + Text("keep-alive") + Text("5")},
      {"proxy-connection", Number(1) + Text("proxy-connection") + Text("close")},
      {"transfer-encoding", Number(1) + Text("transfer-encoding") + Text("chunked")},
  };
  for (const auto& test_case : kCases) {
    EXPECT_THAT(ParseHeaderBlock(test_case.block), StatusIs(absl::StatusCode::kInvalidArgument))
        << test_case.name;
  }
}

TEST(SpdyHeaderBlock, HoldsALimitedNumber) {
  SpdyHeaders headers;
  for (size_t i = 0; i < kMaxSpdyHeaders; ++i) {
    headers[absl::StrCat("n", i)] = "v";
  }
  EXPECT_THAT(ParseHeaderBlock(FormatHeaderBlock(headers)), IsOk());
  headers["another"] = "v";
  EXPECT_THAT(ParseHeaderBlock(FormatHeaderBlock(headers)),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ParseHeaderBlock(Number(0xffffffff)), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(SpdyHeaderPacker, PacksOneBlockAfterTheOther) {
  SpdyHeaderPacker packer;
  SpdyHeaderUnpacker unpacker;
  size_t first = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string plain = FormatHeaderBlock(
        {{"streamtype", "data"}, {"port", "8080"}, {"requestid", absl::StrCat(i)}});
    const std::string packed = packer.Pack(plain);
    first = i == 0 ? packed.size() : first;
    EXPECT_THAT(unpacker.Unpack(packed), IsOkAndHolds(plain));
    if (i == 1) {
      EXPECT_THAT(packed.size(), Lt(first)) << "the second one can refer to the first";
    }
  }
}

TEST(SpdyHeaderPacker, PacksWhatIsLargerThanItsWindow) {
  SpdyHeaderPacker packer;
  SpdyHeaderUnpacker unpacker;
  std::string plain;
  for (uint32_t number = 1; plain.size() < kMaxSpdyHeaderBlock; number = number * 2654435761u + 1) {
    AppendUint32(number, plain);
  }
  EXPECT_THAT(unpacker.Unpack(packer.Pack(plain)), IsOkAndHolds(plain));
}

TEST(SpdyHeaderUnpacker, RefusesWhatUnpacksToTooMuch) {
  SpdyHeaderPacker packer;
  SpdyHeaderUnpacker unpacker;
  EXPECT_THAT(unpacker.Unpack(packer.Pack(std::string(kMaxSpdyHeaderBlock, 'x'))), IsOk());
  EXPECT_THAT(unpacker.Unpack(packer.Pack(std::string(kMaxSpdyHeaderBlock + 1, 'x'))),
              StatusIs(absl::StatusCode::kResourceExhausted));
  SpdyHeaderUnpacker other;
  EXPECT_THAT(other.Unpack(SpdyHeaderPacker().Pack(std::string(4 << 20, 'x'))),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(SpdyHeaderUnpacker, RefusesWhatIsNotPackedSo) {
  const std::string packed = SpdyHeaderPacker().Pack(FormatHeaderBlock({{"port", "80"}}));
  std::string other_dictionary = packed;
  other_dictionary[2] ^= 1;
  std::string ended(200, '\0');
  uLongf size = ended.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(ended.data()), &size,
                     reinterpret_cast<const Bytef*>(packed.data()), packed.size()),
            Z_OK);
  ended.resize(size);
  for (const std::string& bytes : {std::string(), std::string("plain"), std::string(40, '\0'),
                                   other_dictionary, ended, packed + "\x07more"}) {
    SpdyHeaderUnpacker unpacker;
    EXPECT_THAT(unpacker.Unpack(bytes), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(SpdyHeaderUnpacker, CannotStartInTheMiddle) {
  SpdyHeaderPacker packer;
  packer.Pack(FormatHeaderBlock({{"port", "80"}}));
  SpdyHeaderUnpacker unpacker;
  EXPECT_THAT(unpacker.Unpack(packer.Pack(FormatHeaderBlock({{"port", "81"}}))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::cri
