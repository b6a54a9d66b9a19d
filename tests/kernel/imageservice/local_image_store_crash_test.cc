// SPDX-License-Identifier: Apache-2.0
// The store after a SIGKILL at any call that changes a file.
#include <fstream>
#include <functional>
#include <string>

#include "imageservice/local_image_store.h"
#include "tests/kernel/imageservice/crash_points.h"
#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::testing::IsEmpty;

// Every image that the store has is whole: its files are what they should be.
void ExpectWhole(Store& store) {
  for (const Image& image : store->List()) {
    EXPECT_THAT(store->ReadFile(Call(), image.id, "etc/passwd", 100),
                test::IsOkAndHolds("root:x:0:0::/:/bin/sh\n"));
    test::TempDir at;
    absl::StatusOr<Rootfs> root = store->PrepareRootfs(Call(), image.id, "check");
    ASSERT_THAT(root, IsOk());
    std::string tree = Mounted(*root, at.Join("root"));
    EXPECT_NE(tree.find("dir/file file 0644 0:0"), std::string::npos) << tree;
    EXPECT_EQ(tree.find("gone"), std::string::npos) << tree;
    EXPECT_THAT(store->RemoveRootfs("check"), IsOk());
  }
}

void ExpectEmptyAfterRemovingAll(Store& store) {
  for (const std::string& key : store->RootfsKeys()) {
    EXPECT_THAT(store->RemoveRootfs(key), IsOk());
  }
  for (const Image& image : store->List()) {
    EXPECT_THAT(store->Remove(image.id), IsOk());
  }
  EXPECT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store.Blobs(), IsEmpty());
  EXPECT_THAT(store.Snapshots(), IsEmpty());
  EXPECT_THAT(store.Trash(), IsEmpty());
}

// Kills `work` at call after call, each time on a store that `prepare` has filled; `check` then
// sees the store opened again.
void CrashEverywhere(ImageLibrary& library, const std::function<void(Store&)>& prepare,
                     const std::function<void(Store&)>& work,
                     const std::function<void(Store&)>& check) {
  // A filesystem without a disk: what a kill leaves behind is the same, and a sync takes no time.
  ASSERT_EQ(mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777"), 0);
  int call = 0;
  for (bool killed = true; killed; ++call) {
    SCOPED_TRACE(absl::StrCat("killed before call ", call));
    Store store(library);
    prepare(store);
    store.Close();
    killed = test::CrashBefore(call, [&] {
      store.Open();
      work(store);
      store.Close();
    });
    store.Open();
    ExpectWhole(store);
    check(store);
    ExpectEmptyAfterRemovingAll(store);
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
  EXPECT_GT(call, 10) << "nothing was killed";
}

KERNEL_TEST(LocalImageStoreCrash, DuringAPull) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  CrashEverywhere(
      library, [](Store&) {},
      [](Store& store) { EXPECT_THAT(store.Pull("example.com/a:1"), IsOk()); },
      [](Store& store) {
        absl::StatusOr<Image> image = store.Pull("example.com/a:1");
        ASSERT_THAT(image, IsOk());
        EXPECT_EQ(store->List().size(), 1u);
        ExpectWhole(store);
      });
}

KERNEL_TEST(LocalImageStoreCrash, DuringRemovalAndCollection) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  library.Add("b:1", TwoLayers("b"));
  CrashEverywhere(
      library,
      [](Store& store) {
        ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
        ASSERT_THAT(store.Pull("example.com/b:1"), IsOk());
      },
      [](Store& store) {
        EXPECT_THAT(store->Remove("example.com/a:1"), IsOk());
        EXPECT_THAT(store->CollectGarbage(), IsOk());
      },
      [](Store& store) { EXPECT_THAT(store->Find("example.com/b:1"), IsOk()); });
}

KERNEL_TEST(LocalImageStoreCrash, DuringTheLifeOfARoot) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  CrashEverywhere(
      library,
      [](Store& store) {
        ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
        ASSERT_THAT(store->PrepareRootfs(Call(), image.id, "old"), IsOk());
      },
      [&library](Store& store) {
        EXPECT_THAT(store->PrepareRootfs(Call(), library.id("a:1"), "new"), IsOk());
        EXPECT_THAT(store->RemoveRootfs("old"), IsOk());
      },
      [&library](Store& store) {
        EXPECT_THAT(store->Find("example.com/a:1"), IsOk());
        for (const std::string& key : store->RootfsKeys()) {
          EXPECT_THAT(store->PrepareRootfs(Call(), library.id("a:1"), key), IsOk());
        }
        EXPECT_THAT(store->PrepareRootfs(Call(), library.id("a:1"), "new"), IsOk());
      });
}

KERNEL_TEST(LocalImageStoreCrash, DuringTheMakingOfAnImage) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  const auto make = [&library](Store& store) {
    const std::unique_ptr<ImageAuthor> author = store->NewAuthor();
    ASSERT_OK_AND_ASSIGN(std::vector<AuthoredLayer> layers,
                         author->LayersOf(Call(), library.id("a:1")));
    ASSERT_OK_AND_ASSIGN(Rootfs root, author->PrepareRootfs(layers.back().chain_id, "step"));
    std::ofstream(root.upper + "/new") << "text";
    ASSERT_OK_AND_ASSIGN(AuthoredLayer layer, author->CommitRootfs(Call(), "step", {}));
    layers.push_back(layer);
    ASSERT_THAT(author->Compose(Call(), {.config = "{}", .layers = layers, .names = {"made:1"}}),
                IsOk());
  };
  CrashEverywhere(
      library, [](Store& store) { ASSERT_THAT(store.Pull("example.com/a:1"), IsOk()); }, make,
      [&make](Store& store) {
        EXPECT_THAT(store->Find("example.com/a:1"), IsOk());
        EXPECT_THAT(store->RemoveRootfs("step"), IsOk());
        make(store);
        EXPECT_THAT(store->Find("made:1"), IsOk());
      });
}

// What another boot never synced is unpacked again; that may be interrupted too.
KERNEL_TEST(LocalImageStoreCrash, DuringUnpackingAgain) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  CrashEverywhere(
      library, [](Store& store) { ASSERT_THAT(store.Pull("example.com/a:1"), IsOk()); },
      [&library](Store& store) {
        store.Open("boot-2");
        EXPECT_THAT(store->PrepareRootfs(Call(), library.id("a:1"), "root"), IsOk());
      },
      [](Store& store) { EXPECT_THAT(store->Find("example.com/a:1"), IsOk()); });
}

}  // namespace
}  // namespace berth::imageservice
