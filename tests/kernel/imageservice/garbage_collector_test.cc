// SPDX-License-Identifier: Apache-2.0
#include "imageservice/garbage_collector.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

KERNEL_TEST(GarbageCollector, KeepsLayersUnderContainersOfARemovedImage) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  ASSERT_THAT(store->PrepareRootfs(Call(), image.id, "container"), IsOk());
  ASSERT_THAT(store->Remove(image.id), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_EQ(store.Snapshots().size(), 3u);
  store.Open();
  EXPECT_EQ(store.Snapshots().size(), 3u);
  EXPECT_THAT(store->RootfsKeys(), ElementsAre("container"));
  ASSERT_THAT(store->RemoveRootfs("container"), IsOk());
  EXPECT_THAT(store->RemoveRootfs("container"), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store.Snapshots(), IsEmpty());
}

KERNEL_TEST(GarbageCollector, RemovesStrangersAtTheStart) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  std::set<std::string> snapshots = store.Snapshots();
  std::set<std::string> blobs = store.Blobs();
  store.Close();
  std::filesystem::create_directories(store.root() + "/snapshots/77/fs/left");
  std::filesystem::create_directories(store.root() + "/trash/78/fs");
  std::ofstream(store.root() + "/content/ingest/partial") << "x";
  std::ofstream(store.root() + "/content/blobs/sha256/" + std::string(64, 'a')) << "x";
  store.Open();
  EXPECT_EQ(store.Snapshots(), snapshots);
  EXPECT_EQ(store.Blobs(), blobs);
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store.Trash(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(store.root() + "/content/ingest"));
}

KERNEL_TEST(GarbageCollector, WhatCannotBeRemovedKeepsNothingElse) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(const Image image, store.Pull("example.com/a:1"));
  const std::string no_blob = std::string(64, 'a');  // no file, so it cannot be unlinked
  std::filesystem::create_directories(store.root() + "/content/blobs/sha256/" + no_blob);
  EXPECT_THAT(store->Remove(image.id), IsOk());
  EXPECT_THAT(store.Blobs(), ElementsAre(no_blob));
  EXPECT_THAT(store->CollectGarbage(), ::testing::Not(IsOk()));
  EXPECT_THAT(store.Trash(), IsEmpty());
}

}  // namespace
}  // namespace berth::imageservice
