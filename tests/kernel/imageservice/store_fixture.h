// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/local_image_store.h"
#include "tests/fakes/image_library.h"
#include "tests/kernel/imageservice/layer/layer_stack.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {

inline std::string TarOf(const std::string& name, const std::string& content) {
  test::TarBuilder tar;
  return tar.File(name, content).Finish();
}

// The bytes, which outlive it, in pieces.
inline ArchiveSource SourceOf(const std::string& bytes) {
  constexpr size_t kPiece = 1000;
  return [&bytes, at = size_t{0}]() mutable -> absl::StatusOr<absl::string_view> {
    const absl::string_view piece = absl::string_view(bytes).substr(at, kPiece);
    at += piece.size();
    return piece;
  };
}

inline test::LibraryImage TwoLayers(const std::string& content = "hello") {
  test::TarBuilder base;
  base.Directory("./", {.mode = 0755})
      .Directory("etc")
      .File("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  base.Directory("dir", {.mode = 0700, .uid = 1000}).File("gone", "x");
  test::TarBuilder top;
  top.File("dir/file", content).Whiteout("gone");
  return {.layers = {{base.Finish()}, {top.Finish()}}, .user = "1000:1000"};
}

// A store in a temporary directory, with a library as its only registry.
class Store {
 public:
  explicit Store(test::ImageLibrary& library, std::string root = "")
      : library_(library), root_(root.empty() ? space_.Join("store") : std::move(root)) {
    Open();
  }

  void Open(const std::string& boot_id = "boot-1") {
    store_.reset();
    ImageStoreOptions options;
    options.root = root_;
    options.pinned_images = {"pinned"};
    LocalImageStore::World world;
    world.registries = library_.registries();
    world.boot_id = boot_id;
    world.uploaders = uploaders;
    absl::StatusOr<std::unique_ptr<LocalImageStore>> store =
        LocalImageStore::Open(options, metrics_, std::move(world));
    ASSERT_THAT(store, test::IsOk());
    store_ = *std::move(store);
  }
  void Close() { store_.reset(); }

  LocalImageStore* operator->() { return store_.get(); }
  absl::StatusOr<Image> Pull(const std::string& reference, const Call& call = Call()) {
    return store_->Pull(
        call, {.reference = reference, .credentials = {}, .platform = "", .progress = {}});
  }
  const std::string& root() const { return root_; }

  std::set<std::string> Blobs() const { return Names("content/blobs/sha256"); }
  std::set<std::string> Snapshots() const {
    std::set<std::string> names = Names("snapshots");
    names.erase("0");
    return names;
  }
  std::set<std::string> Trash() const { return Names("trash"); }

  UploaderFactory uploaders = NewRegistryUploader;  // from the next Open on

 private:
  std::set<std::string> Names(const std::string& directory) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_ + "/" + directory)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  test::TempDir space_;
  test::ImageLibrary& library_;
  metrics::Metrics metrics_;
  const std::string root_;
  std::unique_ptr<LocalImageStore> store_;
};

// What a container sees of the root.
inline std::string Mounted(const Rootfs& root, const std::string& at) {
  std::filesystem::create_directories(at);
  std::string options = absl::StrCat("lowerdir=", absl::StrJoin(root.lower, ":"));
  if (!root.upper.empty()) {
    absl::StrAppend(&options, ",upperdir=", root.upper, ",workdir=", root.work);
  }
  if (mount("overlay", at.c_str(), "overlay", 0, options.c_str()) != 0) {
    return absl::StrCat("overlay: ", strerror(errno), " ", options);
  }
  std::string listing = LayerStack::ListTree(at);
  umount2(at.c_str(), MNT_DETACH);
  return listing;
}

inline constexpr char kTwoLayersTree[] =
    ". dir 0755 0:0\n"
    "dir dir 0700 1000:0\n"
    "dir/file file 0644 0:0 hello\n"
    "etc dir 0755 0:0\n"
    "etc/passwd file 0644 0:0 root:x:0:0::/:/bin/sh\n";

}  // namespace berth::imageservice
