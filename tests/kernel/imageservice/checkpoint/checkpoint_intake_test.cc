// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/checkpoint_intake.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/checkpoint/checkpoint_archive.h"
#include "tests/kernel/imageservice/layer/layer_stack.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;

class Bench {
 public:
  Bench() {
    std::filesystem::create_directories(space_.Join("from/checkpoint"));
    Put("from/config.dump", "{}");
    Put("from/rootfs-diff.tar", std::string(10'000, 't'));
    Put("from/checkpoint/pages-1.img", std::string(3'000'000, 'p'));
    Put("from/checkpoint/core-1.img", "");
    absl::StatusOr<SigningKey> key = SigningKey::Open(space_.Join("key"));
    EXPECT_THAT(key, IsOk());
    key_ = *std::move(key);
  }

  void Put(const std::string& name, const std::string& text) const {
    std::ofstream(space_.Join(name), std::ios::binary) << text;
  }
  std::string Get(const std::string& name) const {
    std::ifstream file(space_.Join(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  absl::Status Write(const Call& call = Call()) const {
    ASSIGN_OR_RETURN(const sys::Fd from, Open("from", O_RDONLY | O_DIRECTORY));
    ASSIGN_OR_RETURN(const sys::Fd file, Open("archive", O_WRONLY | O_CREAT | O_TRUNC));
    return WriteCheckpointArchive(call, from.get(), *key_, file.get());
  }

  // Into a directory of its own each time.
  absl::Status Read(const SigningKey& key, const Call& call = Call()) {
    to_ = absl::StrCat("to", ++count_);
    std::filesystem::create_directory(space_.Join(to_));
    ASSIGN_OR_RETURN(const sys::Fd to, Open(to_, O_RDONLY | O_DIRECTORY));
    ASSIGN_OR_RETURN(const sys::Fd file, Open("archive", O_RDONLY));
    return ReadCheckpointArchive(call, file.get(), key, to.get());
  }
  absl::Status Read(const Call& call = Call()) { return Read(*key_, call); }

  std::string Tree(const std::string& name) const {
    return LayerStack::ListTree(space_.Join(name));
  }
  const std::string& to() const { return to_; }
  const test::TempDir& space() const { return space_; }

 private:
  absl::StatusOr<sys::Fd> Open(const std::string& name, int flags) const {
    return ToStatusOr(sys::OpenAt(AT_FDCWD, space_.Join(name).c_str(), flags, 0600), name);
  }

  test::TempDir space_;
  std::optional<SigningKey> key_;
  std::string to_;
  int count_ = 0;
};

KERNEL_TEST(CheckpointIntake, WhatIsWrittenIsRead) {
  Bench bench;
  ASSERT_THAT(bench.Write(), IsOk());
  ASSERT_THAT(bench.Read(), IsOk());
  for (const char* name :
       {"config.dump", "rootfs-diff.tar", "checkpoint/pages-1.img", "checkpoint/core-1.img"}) {
    EXPECT_EQ(bench.Get(absl::StrCat(bench.to(), "/", name)),
              bench.Get(absl::StrCat("from/", name)))
        << name;
  }
  EXPECT_EQ(bench.Tree(bench.to()).find("berth.signature"), std::string::npos);
}

KERNEL_TEST(CheckpointIntake, AByteChangedOrAnotherKeyIsRefused) {
  Bench bench;
  ASSERT_THAT(bench.Write(), IsOk());
  ASSERT_OK_AND_ASSIGN(const SigningKey other, SigningKey::Open(bench.space().Join("other")));
  EXPECT_THAT(bench.Read(other), StatusIs(absl::StatusCode::kPermissionDenied));
  const std::string archive = bench.Get("archive");
  std::string changed = archive;
  changed[changed.find("ppppp") + 100] = 'q';
  bench.Put("archive", changed);
  EXPECT_THAT(bench.Read(), StatusIs(absl::StatusCode::kPermissionDenied));
  bench.Put("archive", archive.substr(0, archive.size() / 2));
  EXPECT_THAT(bench.Read(), StatusIs(absl::StatusCode::kDataLoss));
}

KERNEL_TEST(CheckpointIntake, HostileArchivesAreRefused) {
  const struct {
    const char* name;
    std::function<void(TarBuilder&)> make;
  } kCases[] = {
      {"a path out of it", [](TarBuilder& tar) { tar.File("../config.dump"); }},
      {"an absolute path", [](TarBuilder& tar) { tar.File("/etc/passwd"); }},
      {"out of the images", [](TarBuilder& tar) { tar.File("checkpoint/../../x"); }},
      {"a hidden image", [](TarBuilder& tar) { tar.File("checkpoint/.x"); }},
      {"a name of no meaning", [](TarBuilder& tar) { tar.File("container.log"); }},
      {"a directory", [](TarBuilder& tar) { tar.Directory("volumes"); }},
      {"a symlink", [](TarBuilder& tar) { tar.Symlink("config.dump", "/etc/shadow"); }},
      {"a symlink for the images", [](TarBuilder& tar) { tar.Symlink("checkpoint", "/"); }},
      {"a hard link", [](TarBuilder& tar) { tar.HardLink("config.dump", "/etc/shadow"); }},
      {"a device", [](TarBuilder& tar) { tar.Device("config.dump", '4', 8, 0); }},
      {"twice", [](TarBuilder& tar) { tar.File("config.dump").File("config.dump"); }},
      {"after the signature",
       [](TarBuilder& tar) { tar.File("berth.signature", "x").File("config.dump"); }},
      {"a long signature",
       [](TarBuilder& tar) { tar.File("berth.signature", std::string(10'000, 'x')); }},
      {"holes",
       [](TarBuilder& tar) {
         tar.File("config.dump", "1\n0\n1\nx",
                  {.pax = {{"GNU.sparse.major", "1"},
                           {"GNU.sparse.minor", "0"},
                           {"GNU.sparse.name", "config.dump"},
                           {"GNU.sparse.realsize", "1099511627776"}}});
       }},
  };
  Bench bench;
  for (const auto& c : kCases) {
    TarBuilder tar;
    c.make(tar);
    bench.Put("archive", tar.Finish());
    EXPECT_THAT(bench.Read(), StatusIs(absl::StatusCode::kDataLoss)) << c.name;
  }
  TarBuilder unsigned_one;
  bench.Put("archive", unsigned_one.File("config.dump", "{}").Finish());
  EXPECT_THAT(bench.Read(), StatusIs(absl::StatusCode::kPermissionDenied));
}

KERNEL_TEST(CheckpointIntake, OfAnArchiveThatIsNotSignedNothingIsWritten) {
  Bench bench;
  TarBuilder tar;
  bench.Put("archive", tar.File("checkpoint/pages-1.img", std::string(100'000, 'x')).Finish());
  EXPECT_THAT(bench.Read(), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(std::filesystem::is_empty(bench.space().Join(bench.to())));
}

KERNEL_TEST(CheckpointIntake, AnArchiveThatChangesOnceItsSignatureWasSeenIsRefused) {
  Bench bench;
  ASSERT_THAT(bench.Write(), IsOk());
  std::string changed = bench.Get("archive");
  changed[changed.find("ppppp") + 2'000'000] = 'q';
  bool has_changed = false;
  const Call call(absl::InfiniteFuture(), [&] {
    if (!has_changed && std::filesystem::exists(bench.space().Join(bench.to() + "/checkpoint"))) {
      has_changed = true;
      bench.Put("archive", changed);
    }
    return false;
  });
  EXPECT_THAT(bench.Read(call), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(has_changed);
}

KERNEL_TEST(CheckpointIntake, HasALimit) {
  Bench bench;
  bench.Put("archive", "");
  std::filesystem::resize_file(bench.space().Join("archive"), kMaxCheckpointArchive + 1);
  EXPECT_THAT(bench.Read(), StatusIs(absl::StatusCode::kResourceExhausted));
}

KERNEL_TEST(CheckpointIntake, NeedsRoomBeforeItBegins) {
  Bench bench;
  ASSERT_THAT(bench.Write(), IsOk());
  const std::string small = bench.space().Join("small");
  std::filesystem::create_directory(small);
  ASSERT_EQ(mount("tmpfs", small.c_str(), "tmpfs", 0, "size=65m"), 0);
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Open(bench.space().Join("key")));
  ASSERT_OK_AND_ASSIGN(
      const sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, bench.space().Join("archive").c_str(), O_RDONLY), "file"));
  ASSERT_OK_AND_ASSIGN(
      const sys::Fd to,
      ToStatusOr(sys::OpenAt(AT_FDCWD, small.c_str(), O_RDONLY | O_DIRECTORY), "small"));
  EXPECT_THAT(ReadCheckpointArchive(Call(), file.get(), key, to.get()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  umount2(small.c_str(), MNT_DETACH);
}

KERNEL_TEST(CheckpointIntake, WhatAContainerHadWrittenComesBack) {
  Bench bench;
  LayerStack stack;
  TarBuilder base;
  base.Directory("./", {.mode = 0755}).File("gone", "x").File("kept", "x");
  ASSERT_THAT(stack.Add(base.Finish()), IsOk());
  Rootfs root;
  root.lower = stack.directories();
  root.upper = bench.space().Join("upper");
  std::filesystem::create_directory(root.upper);
  TarBuilder diff;
  diff.Directory("./", {.mode = 0755}).File("new", "y").Whiteout("gone");
  bench.Put("from/rootfs-diff.tar", diff.Finish());
  ASSERT_THAT(ApplyRootfsDiff(Call(), bench.space().Join("from"), root), IsOk());
  EXPECT_EQ(LayerStack::Merge({root.upper, root.lower[0]}, bench.space()),
            ". dir 0755 0:0\nkept file 0644 0:0 x\nnew file 0644 0:0 y");
  TarBuilder hostile;
  hostile.File("out/../../etc/passwd", "root");
  bench.Put("from/rootfs-diff.tar", hostile.Finish());
  std::filesystem::remove_all(root.upper);
  std::filesystem::create_directory(root.upper);
  EXPECT_THAT(ApplyRootfsDiff(Call(), bench.space().Join("from"), root),
              StatusIs(absl::StatusCode::kDataLoss));
  std::filesystem::remove(bench.space().Join("from/rootfs-diff.tar"));
  EXPECT_THAT(ApplyRootfsDiff(Call(), bench.space().Join("from"), root), IsOk())
      << "of a read-only root there is none";
}

}  // namespace
}  // namespace berth::imageservice
