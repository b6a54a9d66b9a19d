// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/tar_writer.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

TarWriter::Sink Into(std::string& archive) {
  return [&archive](absl::string_view bytes) {
    archive.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
}

TarReader::Source Whole(const std::string& archive) {
  return [&archive, done = false]() mutable -> absl::StatusOr<absl::string_view> {
    return std::exchange(done, true) ? absl::string_view() : absl::string_view(archive);
  };
}

TarMember Named(std::string path, TarMember::Type type = TarMember::Type::kFile) {
  TarMember member;
  member.path = std::move(path);
  member.type = type;
  return member;
}

TEST(TarWriter, WhatItWritesIsReadAsItWas) {
  TarMember file = Named("dir/\xff\xfe" + std::string(300, 'n'));
  file.mode = 06751;
  file.uid = 70000;
  file.gid = 3'000'000'000;
  file.mtime = {1'700'000'000, 123'456'789};
  file.size = 5;
  file.xattrs = {{"user.name", std::string("a\0b", 3)}};
  TarMember link = Named("hard", TarMember::Type::kHardLink);
  link.target = file.path;
  TarMember symlink = Named("soft", TarMember::Type::kSymlink);
  symlink.target = std::string(200, 't');
  TarMember device = Named("device", TarMember::Type::kBlock);
  device.device = makedev(259, 70000);
  const std::vector<TarMember> members = {
      Named("dir/", TarMember::Type::kDirectory), file, link, symlink, device,
      Named("fifo", TarMember::Type::kFifo)};
  std::string archive;
  TarWriter writer(Into(archive));
  for (const TarMember& member : members) {
    ASSERT_THAT(writer.Add(member), IsOk());
    if (member.size > 0) {
      ASSERT_THAT(writer.Write("12345"), IsOk());
    }
  }
  ASSERT_THAT(writer.Finish(), IsOk());

  TarReader reader(Whole(archive));
  for (const TarMember& expected : members) {
    SCOPED_TRACE(expected.path);
    ASSERT_OK_AND_ASSIGN(const TarMember* read, reader.Next());
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(read->path, expected.path);
    EXPECT_EQ(read->type, expected.type);
    EXPECT_EQ(read->mode, expected.mode);
    EXPECT_EQ(read->uid, expected.uid);
    EXPECT_EQ(read->gid, expected.gid);
    EXPECT_EQ(read->mtime.tv_sec, expected.mtime.tv_sec);
    EXPECT_EQ(read->mtime.tv_nsec, expected.mtime.tv_nsec);
    EXPECT_EQ(read->target, expected.target);
    EXPECT_EQ(read->device, expected.device);
    ASSERT_EQ(read->xattrs.size(), expected.xattrs.size());
    if (!read->xattrs.empty()) {
      EXPECT_EQ(read->xattrs[0].name, expected.xattrs[0].name);
      EXPECT_EQ(read->xattrs[0].value, expected.xattrs[0].value);
    }
    if (expected.size > 0) {
      ASSERT_OK_AND_ASSIGN(std::optional<TarPiece> piece, reader.Read());
      ASSERT_TRUE(piece.has_value());
      EXPECT_EQ(piece->bytes, "12345");
    }
  }
  ASSERT_OK_AND_ASSIGN(const TarMember* end, reader.Next());
  EXPECT_EQ(end, nullptr);
}

TEST(TarWriter, OnlyNamesThatAreNotAsciiAreMarked) {
  for (const auto& [name, marked] : {std::pair("plain", false), std::pair("b\xc3\xa4r", true)}) {
    std::string archive;
    TarWriter writer(Into(archive));
    ASSERT_THAT(writer.Add(Named(name)), IsOk());
    ASSERT_THAT(writer.Finish(), IsOk());
    EXPECT_EQ(archive.find("hdrcharset=BINARY") != std::string::npos, marked) << name;
  }
}

TEST(TarWriter, TheErrorOfTheSinkComesBack) {
  TarWriter writer([](absl::string_view) { return absl::ResourceExhaustedError("no room"); });
  absl::Status status = writer.Add(Named("f"));
  if (status.ok()) {  // it may gather before it writes
    status = writer.Finish();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(TarWriter, WhoeverGivesUpAmidAMemberWritesNoMore) {
  constexpr uint64_t kAnnounced = uint64_t{1} << 40;
  uint64_t written = 0;
  {
    TarWriter writer([&](absl::string_view bytes) {
      written += bytes.size();
      return written < kAnnounced / 1024 ? absl::OkStatus() : absl::OutOfRangeError("endless");
    });
    TarMember member = Named("f");
    member.size = kAnnounced;
    ASSERT_THAT(writer.Add(member), IsOk());
    ASSERT_THAT(writer.Write("begins"), IsOk());
  }
  EXPECT_LT(written, 1u << 20);
}

TEST(TarWriter, AddsFilesToADescriptor) {
  test::TempDir space;
  std::ofstream(space.Join("f")) << std::string(3'000'000, 'x');
  ASSERT_OK_AND_ASSIGN(
      sys::Fd archive,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.Join("tar").c_str(), O_RDWR | O_CREAT, 0600), "tar"));
  TarWriter writer(DescriptorSink(archive.get()));
  ASSERT_OK_AND_ASSIGN(sys::Fd file,
                       ToStatusOr(sys::OpenAt(AT_FDCWD, space.Join("f").c_str(), O_RDONLY), "f"));
  size_t told = 0;
  ASSERT_THAT(AddFile(writer, Named("name"), file.get(),
                      [&](absl::string_view piece) {
                        told += piece.size();
                        return absl::OkStatus();
                      }),
              IsOk());
  EXPECT_EQ(told, 3'000'000u);
  ASSERT_THAT(writer.Finish(), IsOk());
  std::ifstream written(space.Join("tar"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(written)), {});
  TarReader reader(Whole(bytes));
  ASSERT_OK_AND_ASSIGN(const TarMember* member, reader.Next());
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(member->size, 3'000'000u);
}

}  // namespace
}  // namespace berth::imageservice
