// SPDX-License-Identifier: Apache-2.0
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "imageservice/local_image_store.h"
#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::LibraryImage;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

KERNEL_TEST(LocalImageStoreRecovery, WhatIsLeftAndCannotGoStopsNothing) {
  ImageLibrary library;
  library.Add("app:1", TwoLayers());
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/app:1"), IsOk());
  store.Close();
  const std::string places[] = {"/snapshots/77", "/trash/78", "/content/ingest/left",
                                "/content/blobs/sha256/" + std::string(64, 'a')};
  for (const std::string& place : places) {
    const std::string busy = store.root() + place;
    std::filesystem::create_directories(busy);
    ASSERT_EQ(mount("tmpfs", busy.c_str(), "tmpfs", 0, nullptr), 0);
  }
  store.Open();
  EXPECT_EQ(store->List().size(), 1u);
  EXPECT_THAT(store->PrepareRootfs(Call(), library.id("app:1"), "key"), IsOk());
  store.Close();
  for (const std::string& place : places) {
    EXPECT_EQ(umount((store.root() + place).c_str()), 0);
  }
  store.Open();
  EXPECT_EQ(store.Snapshots().count("77"), 0u);
}

KERNEL_TEST(LocalImageStoreRecovery, SurvivesAFullDisk) {
  test::TempDir space;
  std::string small = space.Join("small");
  std::filesystem::create_directory(small);
  ASSERT_EQ(mount("tmpfs", small.c_str(), "tmpfs", 0, "size=12m,mode=700"), 0);
  {
    ImageLibrary library;
    std::string noise;
    for (int i = 0; noise.size() < (14 << 20); ++i) {
      noise += Digest::OfBytes(std::to_string(i)).str();
    }
    library.Add("small:1", TwoLayers());
    library.Add("big:1", {.layers = {{TarOf("s", "s")}, {TarOf("noise", noise)}}});
    library.Add("zeros:1", {.layers = {{TarOf("zeros", std::string(16 << 20, '\0'))}}});
    Store store(library, small + "/store");
    ASSERT_THAT(store.Pull("example.com/small:1"), IsOk());
    std::set<std::string> blobs = store.Blobs();
    for (const char* name : {"example.com/big:1", "example.com/zeros:1"}) {
      EXPECT_THAT(store.Pull(name), StatusIs(absl::StatusCode::kResourceExhausted)) << name;
      EXPECT_EQ(store.Blobs(), blobs);
      EXPECT_EQ(store.Snapshots().size(), 2u);
      EXPECT_THAT(store.Trash(), IsEmpty());
      EXPECT_EQ(store->List().size(), 1u);
    }
    // Not a byte is left, so that the databases cannot grow either.
    std::ofstream filler(small + "/filler", std::ios::binary);
    std::string block(4096, 'f');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    filler.close();
    EXPECT_THAT(store.Pull("example.com/big:1"), StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_THAT(store->PrepareRootfs(Call(), library.id("small:1"), "key"),
                StatusIs(absl::StatusCode::kResourceExhausted));
    std::filesystem::remove(small + "/filler");
    EXPECT_THAT(store->PrepareRootfs(Call(), library.id("small:1"), "key"), IsOk());
    library.Add("other:1", TwoLayers("other"));
    EXPECT_THAT(store.Pull("example.com/other:1"), IsOk());
    store.Open();
    EXPECT_EQ(store->List().size(), 2u);
  }
  umount2(small.c_str(), MNT_DETACH);
}

KERNEL_TEST(LocalImageStoreRecovery, RefusesToStartWithoutTheRecordsOfWhatIsThere) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  test::TempDir space;
  {
    Store store(library, space.path());
    ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  }
  metrics::Metrics metrics;
  ImageStoreOptions options;
  options.root = space.path();
  const auto open = [&] { return ImageStore::Open(options, metrics).status(); };
  std::filesystem::remove(space.Join("snapshots.db"));
  EXPECT_THAT(open(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(std::filesystem::exists(space.Join("snapshots/1")));
  std::filesystem::remove_all(space.Join("snapshots"));
  EXPECT_THAT(open(), IsOk());
}

// After a power loss: what was never synced is made again from the blobs, without the registry.
KERNEL_TEST(LocalImageStoreRecovery, UnpacksAgainWhatAnotherBootNeverSynced) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  ASSERT_THAT(store->PrepareRootfs(Call(), image.id, "container"), IsOk());
  int fetches = library.total_fetches();
  store.Close();
  for (const std::string& name : store.Snapshots()) {  // as ext4 may leave them
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(store.root() + "/snapshots/" + name)) {
      if (entry.is_regular_file()) {
        std::filesystem::resize_file(entry.path(), 0);
      }
    }
  }
  store.Open("boot-2");
  EXPECT_EQ(store->List().size(), 1u);
  EXPECT_THAT(store->ReadFile(Call(), image.id, "etc/passwd", 100),
              IsOkAndHolds("root:x:0:0::/:/bin/sh\n"));
  test::TempDir at;
  ASSERT_OK_AND_ASSIGN(Rootfs root, store->PrepareRootfs(Call(), image.id, "new"));
  EXPECT_EQ(Mounted(root, at.Join("root")), kTwoLayersTree);
  EXPECT_THAT(store->RootfsKeys(), UnorderedElementsAre("container", "new"));
  EXPECT_EQ(library.total_fetches(), fetches);
}

KERNEL_TEST(LocalImageStoreRecovery, UnpacksAgainOnlyForAsLongAsSomebodyWaits) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  store.Open("boot-2");
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  const Call late = Call::WithTimeout(absl::ZeroDuration());
  EXPECT_THAT(store->PrepareRootfs(gone, image.id, "root"), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(store->PrepareView(gone, image.id, "view"), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(store->ReadFile(late, image.id, "etc/passwd", 100),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(store.Snapshots(), IsEmpty());
  EXPECT_THAT(store->RootfsKeys(), IsEmpty());
  EXPECT_THAT(store->ReadFile(Call(), image.id, "etc/passwd", 100), IsOk());
  EXPECT_THAT(store->PrepareRootfs(gone, image.id, "root"), IsOk()) << "nothing to wait for";
}

KERNEL_TEST(LocalImageStoreRecovery, HealsABlobThatTheDiskHasDamaged) {
  ImageLibrary library;
  LibraryImage image = TwoLayers();
  library.Add("a:1", image);
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  Digest blob = Digest::OfBytes(ImageLibrary::Pack(image.layers[0]));
  store.Close();
  std::ofstream(store.root() + "/content/blobs/sha256/" + std::string(blob.hex()),
                std::ios::in | std::ios::binary)
      << "damage";
  store.Open("boot-2");  // the layers are to be unpacked again
  EXPECT_THAT(store->PrepareRootfs(Call(), library.id("a:1"), "x"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store.Pull("example.com/a:1"), IsOk());
  EXPECT_THAT(store->PrepareRootfs(Call(), library.id("a:1"), "x"), IsOk());
}

KERNEL_TEST(LocalImageStoreRecovery, ForgetsAnImageWhoseBlobsAreGone) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  library.Add("b:1", TwoLayers("b"));
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  ASSERT_THAT(store.Pull("example.com/b:1"), IsOk());
  store.Close();
  std::filesystem::remove(store.root() + "/content/blobs/sha256/" + image.id.substr(7));
  store.Open();
  ASSERT_EQ(store->List().size(), 1u);
  EXPECT_THAT(store->List()[0].repo_tags, ElementsAre("example.com/b:1"));
}

}  // namespace
}  // namespace berth::imageservice
