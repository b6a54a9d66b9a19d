// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/tar_reader.h"

#include <sys/sysmacros.h>

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

using ::berth::test::TarBuilder;
using ::berth::test::TarOptions;

TarReader::Source Pieces(std::string bytes, size_t step = 1000) {
  return [bytes = std::move(bytes), step,
          at = size_t{0}]() mutable -> absl::StatusOr<absl::string_view> {
    absl::string_view piece = absl::string_view(bytes).substr(at, step);
    at += piece.size();
    return piece;
  };
}

struct Read {
  std::vector<TarMember> members;
  std::map<std::string, std::string> content;
  absl::Status status;
};

Read ReadAll(const std::string& bytes, size_t step = 1000) {
  Read read;
  TarReader reader(Pieces(bytes, step));
  while (true) {
    absl::StatusOr<const TarMember*> member = reader.Next();
    if (!member.ok() || *member == nullptr) {
      read.status = member.status();
      return read;
    }
    read.members.push_back(**member);
    std::string& content = read.content[(*member)->path];
    while (true) {
      absl::StatusOr<std::optional<TarPiece>> piece = reader.Read();
      if (!piece.ok()) {
        read.status = piece.status();
        return read;
      }
      if (!piece->has_value()) {
        break;
      }
      content.resize((*piece)->offset);
      content.append((*piece)->bytes.data(), (*piece)->bytes.size());
    }
  }
}

TEST(TarReader, ReadsEveryType) {
  std::string big(100000, 'b');
  TarBuilder tar;
  tar.Directory("d", {.mode = 01777})
      .File("d/f", big, {.mode = 06755, .uid = 12, .gid = 34, .mtime = 55})
      .Symlink("s", "../d")
      .HardLink("h", "d/f")
      .Fifo("p")
      .Device("c", '3', 1, 3)
      .Device("b", '4', 8, 1);
  for (size_t step : {1U, 511U, 512U, 513U, 10000U, 1U << 20}) {
    Read read = ReadAll(tar.Finish(), step);
    ASSERT_TRUE(read.status.ok()) << read.status;
    ASSERT_EQ(read.members.size(), 7u);
    EXPECT_EQ(read.members[0].type, TarMember::Type::kDirectory);
    EXPECT_EQ(read.members[0].mode, 01777u);
    EXPECT_EQ(read.members[1].type, TarMember::Type::kFile);
    EXPECT_EQ(read.members[1].mode, 06755u);
    EXPECT_EQ(read.members[1].uid, 12u);
    EXPECT_EQ(read.members[1].gid, 34u);
    EXPECT_EQ(read.members[1].mtime.tv_sec, 55);
    EXPECT_EQ(read.members[1].size, big.size());
    EXPECT_EQ(read.content["d/f"], big);
    EXPECT_EQ(read.members[2].type, TarMember::Type::kSymlink);
    EXPECT_EQ(read.members[2].target, "../d");
    EXPECT_EQ(read.members[3].type, TarMember::Type::kHardLink);
    EXPECT_EQ(read.members[3].target, "d/f");
    EXPECT_EQ(read.members[4].type, TarMember::Type::kFifo);
    EXPECT_EQ(read.members[5].type, TarMember::Type::kCharacter);
    EXPECT_EQ(read.members[5].device, makedev(1, 3));
    EXPECT_EQ(read.members[6].type, TarMember::Type::kBlock);
  }
}

TEST(TarReader, KeepsNamesByteForByte) {
  const std::string kNames[] = {"größe-文件-\U0001f41f", "e\u0301 decomposed", "bad\xff\xfe",
                                "tab\tnewline\n",
                                std::string(250, 'n') + "/" + std::string(250, 'm')};
  for (const std::string& name : kNames) {
    TarBuilder tar;
    tar.Member("x", '0', "", "", TarOptions{.pax = {{"path", name}}});
    tar.Member("l", '2', "", "y", TarOptions{.pax = {{"path", "l"}, {"linkpath", name}}});
    tar.File("after");
    Read read = ReadAll(tar.Finish());
    ASSERT_TRUE(read.status.ok()) << read.status;
    ASSERT_EQ(read.members.size(), 3u);
    EXPECT_EQ(read.members[0].path, name);
    EXPECT_EQ(read.members[1].target, name);
    EXPECT_EQ(read.members[2].path, "after");
    if (name.size() < 100) {
      TarBuilder old;
      Read raw = ReadAll(old.File(name).Finish());
      ASSERT_EQ(raw.members.size(), 1u) << raw.status;
      EXPECT_EQ(raw.members[0].path, name);
    }
  }
}

TEST(TarReader, ReadsPaxTimesOwnersAndXattrs) {
  std::string capability("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00", 12);
  TarBuilder tar;
  tar.File("f", "x",
           {.pax = {{"mtime", "1577836800.123456789"},
                    {"uid", "3000000"},
                    {"gid", "3000001"},
                    {"SCHILY.xattr.security.capability", capability},
                    {"SCHILY.xattr.user.berth", "value"}}});
  Read read = ReadAll(tar.Finish());
  ASSERT_TRUE(read.status.ok()) << read.status;
  const TarMember& member = read.members.at(0);
  EXPECT_EQ(member.mtime.tv_nsec, 123456789);
  EXPECT_EQ(member.uid, 3000000u);
  EXPECT_EQ(member.gid, 3000001u);
  std::map<std::string, std::string> xattrs;
  for (const TarXattr& xattr : member.xattrs) {
    xattrs[xattr.name] = xattr.value;
  }
  EXPECT_EQ(xattrs["security.capability"], capability);
  EXPECT_EQ(xattrs["user.berth"], "value");
}

TEST(TarReader, ReadsSparseFiles) {
  TarBuilder tar;
  tar.Sparse("s", 1 << 20, {{0, "head"}, {100000, "middle"}}).File("after", "x");
  Read read = ReadAll(tar.Finish());
  ASSERT_TRUE(read.status.ok()) << read.status;
  ASSERT_EQ(read.members.size(), 2u);
  EXPECT_EQ(read.members[0].path, "s");
  EXPECT_EQ(read.members[0].size, 1u << 20);
  std::string& content = read.content["s"];
  content.resize(1 << 20);
  EXPECT_EQ(content.substr(0, 5), std::string("head\0", 5));
  EXPECT_EQ(content.substr(100000, 6), "middle");
  EXPECT_EQ(read.content["after"], "x");
}

TEST(TarReader, RefusesSparseFilesWhosePiecesOverlap) {
  TarBuilder tar;
  tar.Sparse("s", 4096, {{0, std::string(1000, 'a')}, {500, std::string(1000, 'b')}});
  Read read = ReadAll(tar.Finish());
  EXPECT_THAT(read.status,
              test::StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("overlap")));
}

TEST(TarReader, TakesAnEmptyStreamAndOneWithoutEndMarker) {
  EXPECT_TRUE(ReadAll("").status.ok());
  EXPECT_TRUE(ReadAll(std::string(1024, '\0')).status.ok());
  TarBuilder tar;
  Read read = ReadAll(tar.File("f", "x").bytes());
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.members.size(), 1u);
}

TEST(TarReader, TakesALastMemberWithoutItsPadding) {
  TarBuilder tar;
  const std::string bytes = tar.File("a", "1").File("f", "content").bytes();
  const Read read = ReadAll(bytes.substr(0, 3 * 512 + 7));
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.content.at("f"), "content");
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(bytes.substr(0, 3 * 512 + 6)).status));
}

TEST(TarReader, RefusesWhatIsNoWholeArchive) {
  TarBuilder tar;
  std::string bytes = tar.File("f", std::string(3000, 'x')).Finish();
  for (size_t size : {100u, 513u, 2000u}) {
    EXPECT_TRUE(absl::IsDataLoss(ReadAll(bytes.substr(0, size)).status)) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(ReadAll("this is no archive, whatever the media type says").status));
  std::string broken = bytes;
  broken[1] = 'x';  // the checksum is wrong now
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(broken).status));
}

TEST(TarReader, RefusesWhatIsOutOfBounds) {
  const std::map<std::string, std::string> kCases[] = {
      {{"uid", "4294967295"}},
      {{"gid", "99999999999"}},
      {{"size", "9000000000000000"}},
      {{"path", std::string(5000, 'p')}},
      {{"SCHILY.xattr.user.big", std::string(kMaxXattrSize + 1, 'v')}},
  };
  for (const auto& pax : kCases) {
    TarBuilder tar;
    Read read = ReadAll(tar.File("f", "", {.pax = pax}).Finish());
    EXPECT_TRUE(absl::IsDataLoss(read.status)) << pax.begin()->first << " " << read.status;
  }
}

TEST(TarReader, BoundsWhatOneHeaderMayTake) {
  std::string table = "99999999\n";
  for (int i = 0; i < 3'000'000; ++i) {
    table += "0\n0\n";
  }
  TarBuilder tar;
  tar.Member("GNUSparseFile.0/f", '0', table, "",
             TarOptions{.pax = {{"GNU.sparse.major", "1"},
                                {"GNU.sparse.minor", "0"},
                                {"GNU.sparse.name", "f"},
                                {"GNU.sparse.realsize", "1"}}});
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(tar.Finish(), 1 << 16).status));
  TarBuilder pax;
  EXPECT_TRUE(absl::IsDataLoss(
      ReadAll(pax.File("f", "", {.pax = {{"comment", std::string(8 << 20, 'c')}}}).Finish())
          .status));
}

TEST(TarReader, PassesTheSourcesErrorOn) {
  TarReader reader(
      []() -> absl::StatusOr<absl::string_view> { return absl::UnavailableError("gone"); });
  EXPECT_TRUE(absl::IsUnavailable(reader.Next().status()));
}

}  // namespace
}  // namespace berth::imageservice
