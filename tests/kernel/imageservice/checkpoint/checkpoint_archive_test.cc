// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/checkpoint_archive.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/digest.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/checkpoint/checkpoint_layout.h"
#include "imageservice/layer/tar_reader.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;

class Bench {
 public:
  Bench() {
    std::filesystem::create_directories(space_.Join("from/checkpoint"));
    std::filesystem::create_directories(space_.Join("upper"));
    Put("from/config.dump", "{}");
    Put("from/checkpoint/pages-1.img", std::string(3'000'000, 'p'));
    Put("from/checkpoint/core-1.img", "");
    Put("from/other", "not of the layout");
  }

  void Put(const std::string& name, const std::string& text) const {
    std::ofstream(space_.Join(name), std::ios::binary) << text;
  }

  absl::Status Write(const std::string& to, const Call& call = Call()) const {
    ASSIGN_OR_RETURN(const sys::Fd from, Open(space_.Join("from"), O_RDONLY | O_DIRECTORY));
    ASSIGN_OR_RETURN(const sys::Fd file, Open(to, O_WRONLY | O_CREAT | O_TRUNC));
    return WriteCheckpointArchive(call, from.get(), Key(), file.get());
  }
  static absl::StatusOr<sys::Fd> Open(const std::string& path, int flags) {
    return ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), flags, 0600), path);
  }
  SigningKey Key() const { return SigningKey::Open(space_.Join("key")).value(); }

  // Its members in their order, with their content.
  std::vector<std::pair<std::string, std::string>> Read(const std::string& path) const {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    TarReader reader([&bytes, done = false]() mutable -> absl::StatusOr<absl::string_view> {
      return std::exchange(done, true) ? absl::string_view() : absl::string_view(bytes);
    });
    std::vector<std::pair<std::string, std::string>> members;
    while (true) {
      absl::StatusOr<const TarMember*> member = reader.Next();
      EXPECT_THAT(member, IsOk());
      if (!member.ok() || *member == nullptr) {
        return members;
      }
      auto& [name, content] = members.emplace_back((*member)->path, "");
      while (true) {
        absl::StatusOr<std::optional<TarPiece>> piece = reader.Read();
        if (!piece.ok() || !piece->has_value()) {
          break;
        }
        content.append((*piece)->bytes.data(), (*piece)->bytes.size());
      }
    }
  }
  const test::TempDir& space() const { return space_; }

 private:
  test::TempDir space_;
};

KERNEL_TEST(CheckpointArchive, HoldsWhatIsOfTheLayoutAndSignsIt) {
  const Bench bench;
  const std::string path = bench.space().Join("archive");
  ASSERT_THAT(bench.Write(path), IsOk());
  const auto members = bench.Read(path);
  std::vector<std::string> names;
  std::string inventory = "berth checkpoint, version 1\n";
  for (const auto& [name, content] : members) {
    names.push_back(name);
    if (name != "checkpoint/" && name != "berth.signature") {
      absl::StrAppend(&inventory, name, " ", content.size(), " ", Digest::OfBytes(content).str(),
                      "\n");
    }
  }
  EXPECT_THAT(names, ElementsAre("checkpoint/", "checkpoint/core-1.img", "checkpoint/pages-1.img",
                                 "config.dump", "berth.signature"));
  ASSERT_EQ(names.size(), 5u);
  EXPECT_EQ(members[2].second, std::string(3'000'000, 'p'));
  EXPECT_EQ(members[4].second, bench.Key().Sign(inventory));
}

KERNEL_TEST(CheckpointArchive, NeedsRoomBeforeItBegins) {
  const Bench bench;
  const std::string small = bench.space().Join("small");
  std::filesystem::create_directory(small);
  ASSERT_EQ(mount("tmpfs", small.c_str(), "tmpfs", 0, "size=65m"), 0);
  EXPECT_THAT(bench.Write(small + "/archive"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(std::filesystem::file_size(small + "/archive"), 0u);
  umount2(small.c_str(), MNT_DETACH);
}

KERNEL_TEST(CheckpointArchive, AFileOfHolesDoesNotFillTheDisk) {
  const Bench bench;
  bench.Put("upper/holes", "");
  std::filesystem::resize_file(bench.space().Join("upper/holes"), uintmax_t{1} << 40);
  const std::string small = bench.space().Join("small");
  std::filesystem::create_directory(small);
  ASSERT_EQ(mount("tmpfs", small.c_str(), "tmpfs", 0, "size=80m"), 0);
  {
    absl::StatusOr<sys::Fd> diff = bench.Open(small + "/diff", O_WRONLY | O_CREAT);
    ASSERT_THAT(diff, IsOk());
    EXPECT_THAT(WriteRootfsDiff(Call(), bench.space().Join("upper"), diff->get()).status(),
                StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_GE(std::filesystem::space(small).available, kCheckpointHeadroom);
  }
  umount2(small.c_str(), MNT_DETACH);
}

KERNEL_TEST(CheckpointArchive, RefusesAStrangeNameAndEndsWithItsCaller) {
  const Bench bench;
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(bench.Write(bench.space().Join("archive"), gone),
              StatusIs(absl::StatusCode::kCancelled));
  bench.Put("from/checkpoint/.hidden", "");
  EXPECT_THAT(bench.Write(bench.space().Join("archive")), StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace berth::imageservice
