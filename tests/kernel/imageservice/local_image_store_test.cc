// SPDX-License-Identifier: Apache-2.0
#include "imageservice/local_image_store.h"

#include <sys/stat.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

KERNEL_TEST(LocalImageStore, PullsAndMountsAnImage) {
  ImageLibrary library;
  Digest manifest = library.Add("library/app:latest", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("app"));
  EXPECT_EQ(image.id, library.id("library/app:latest"));
  EXPECT_THAT(image.repo_tags, ElementsAre("docker.io/library/app:latest"));
  EXPECT_THAT(image.repo_digests, ElementsAre("docker.io/library/app@" + manifest.str()));
  EXPECT_EQ(image.process.user, "1000:1000");
  EXPECT_EQ(image.architecture, "amd64");
  EXPECT_THAT(image.process.command, ElementsAre("/bin/sh"));
  EXPECT_EQ(image.chain_ids.size(), 2u);
  EXPECT_GT(image.size, 2 * 4096u);
  EXPECT_FALSE(image.pinned);
  EXPECT_EQ(store->List().size(), 1u);

  struct stat info = {};
  ASSERT_EQ(stat(store.root().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);

  test::TempDir at;
  ASSERT_OK_AND_ASSIGN(Rootfs root, store->PrepareRootfs(Call(), image.id, "container"));
  EXPECT_EQ(Mounted(root, at.Join("root")), kTwoLayersTree);
  ASSERT_OK_AND_ASSIGN(Rootfs again, store->PrepareRootfs(Call(), image.id, "container"));
  EXPECT_EQ(again.upper, root.upper);
  ASSERT_OK_AND_ASSIGN(Rootfs found, store->FindRootfs(Call(), image.id, "container"));
  EXPECT_EQ(found.upper, root.upper);
  EXPECT_THAT(store->FindRootfs(Call(), image.id, "gone"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(Rootfs view, store->PrepareView(Call(), image.id, "volume"));
  EXPECT_TRUE(view.upper.empty());
  EXPECT_EQ(Mounted(view, at.Join("view")), kTwoLayersTree);
  EXPECT_THAT(store->PrepareView(Call(), image.id, "container"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(store->RootfsKeys(), UnorderedElementsAre("container", "volume"));
}

KERNEL_TEST(LocalImageStore, TakesImagesWithoutLayers) {
  ImageLibrary library;
  library.Add("empty:1", {});
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/empty:1"));
  EXPECT_GT(image.size, 0u);
  test::TempDir at;
  ASSERT_OK_AND_ASSIGN(Rootfs root, store->PrepareRootfs(Call(), image.id, "container"));
  EXPECT_EQ(Mounted(root, at.Join("root")), ". dir 0755 0:0");
  ASSERT_OK_AND_ASSIGN(Rootfs view, store->PrepareView(Call(), image.id, "view"));
  EXPECT_EQ(Mounted(view, at.Join("view")), ". dir 0755 0:0");
}

KERNEL_TEST(LocalImageStore, FindsByAnyName) {
  ImageLibrary library;
  Digest manifest = library.Add("library/app:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("app:1"));
  std::string hex = image.id.substr(7);
  for (const std::string& name : {std::string("app:1"), std::string("docker.io/library/app:1"),
                                  image.id, hex, hex.substr(0, 6), "sha256:" + hex.substr(0, 6),
                                  "app@" + manifest.str(), "app:other@" + manifest.str()}) {
    EXPECT_THAT(store->Find(name), IsOk()) << name;
  }
  for (const std::string& name :
       {std::string("app"), std::string("app:2"), std::string("other:1"), std::string(64, 'a')}) {
    EXPECT_THAT(store->Find(name), StatusIs(absl::StatusCode::kNotFound)) << name;
  }
  for (const std::string& name : {std::string(""), std::string("UPPER")}) {
    EXPECT_THAT(store->Find(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
}

KERNEL_TEST(LocalImageStore, PinsTheImagesThatTheOptionsName) {
  ImageLibrary library;
  library.Add("library/pinned:latest", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("pinned"));
  EXPECT_TRUE(image.pinned);
}

KERNEL_TEST(LocalImageStore, RemovesAnImageUnderAllItsNames) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  library.Add("b:1", TwoLayers());
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  ASSERT_THAT(store.Pull("example.com/b:1"), IsOk());
  EXPECT_GT(store->Usage().used_bytes, 0u);
  std::vector<std::thread> removers;
  for (int i = 0; i < 5; ++i) {
    removers.emplace_back([&] { EXPECT_THAT(store->Remove("example.com/b:1"), IsOk()); });
  }
  for (std::thread& remover : removers) {
    remover.join();
  }
  EXPECT_THAT(store->List(), IsEmpty());
  EXPECT_THAT(store->Find("example.com/a:1"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(store->Usage().used_bytes, 0u);
  EXPECT_THAT(store->Remove("example.com/a:1"), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store.Blobs(), IsEmpty());
  EXPECT_THAT(store.Snapshots(), IsEmpty());
  EXPECT_THAT(store.Trash(), IsEmpty());
}

KERNEL_TEST(LocalImageStore, AnImageGoesThoughSomethingElseCannot) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  const std::string stuck(Digest::OfBytes("stuck").hex());
  ASSERT_EQ(mkdir((store.root() + "/content/blobs/sha256/" + stuck).c_str(), 0700), 0);
  EXPECT_THAT(store->Remove("example.com/a:1"), IsOk());
  EXPECT_THAT(store->List(), IsEmpty());
  EXPECT_THAT(store.Blobs(), ElementsAre(stuck));
  EXPECT_FALSE(store->CollectGarbage().ok());
}

KERNEL_TEST(LocalImageStore, NamesComeAndGo) {
  ImageLibrary library;
  Digest manifest = library.Add("library/app:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("app:1"));
  EXPECT_THAT(store->Tag("app:1", "example.com/other"), IsOk());
  EXPECT_THAT(store->Tag(image.id, "UPPER"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->Tag(image.id, "a@" + manifest.str()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->Tag("unknown", "a"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store->RemoveName("docker.io/library/app:1"), IsOk());
  EXPECT_THAT(store->RemoveName("docker.io/library/app:1"), IsOk()) << "twice";
  store.Open();
  ASSERT_OK_AND_ASSIGN(Image found, store->Find("example.com/other"));
  EXPECT_EQ(found.id, image.id);
  EXPECT_THAT(found.repo_tags, ElementsAre("example.com/other:latest"));
  EXPECT_THAT(store->LayerSizes(image.id), IsOkAndHolds(SizeIs(2)));
  ASSERT_OK_AND_ASSIGN(std::string config, store->Config(image.id));
  EXPECT_EQ(Digest::OfBytes(config).str(), image.id);
}

KERNEL_TEST(LocalImageStore, ReadsFilesOfImages) {
  ImageLibrary library;
  TarBuilder base;
  base.File("etc/passwd", "base")
      .File("etc/group", "group")
      .File("gone", "x")
      .Symlink("link", "/etc/group");
  base.Symlink("out", "../../../../etc/group")
      .Symlink("loop", "loop")
      .Fifo("fifo")
      .File("bin/tool", "t")
      .Directory("d");
  TarBuilder top;
  top.File("etc/passwd", "top")
      .Whiteout("gone")
      .Symlink("dir", "etc")
      .File("big", std::string(1000, 'b'));
  library.Add("a:1", {.layers = {{base.Finish()}, {top.Finish()}}});
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  for (int i = 0; i < 2; ++i) {  // the second time from the cache
    EXPECT_THAT(store->ReadFile(Call(), image.id, "/etc/passwd", 100), IsOkAndHolds("top"));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "etc/group", 100), IsOkAndHolds("group"));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "link", 100), IsOkAndHolds("group"));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "out", 100), IsOkAndHolds("group"));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "dir/../dir/passwd", 100), IsOkAndHolds("top"));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "gone", 100),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "bin/tool/x", 100),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "loop", 100),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "fifo", 100),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "d", 100),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "big", 999),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(Call(), image.id, "big", 1000), IsOk());
  }
  ASSERT_THAT(store->Remove(image.id), IsOk());
  EXPECT_THAT(store->ReadFile(Call(), image.id, "new", 100), StatusIs(absl::StatusCode::kNotFound));
  library.Add("b:1", {.layers = {{TarOf("f", "f")}}});
  EXPECT_THAT(store->ReadFile(Call(), library.id("b:1"), "f", 100),
              StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(store.Pull("example.com/b:1"), IsOk());
  EXPECT_THAT(store->ReadFile(Call(), library.id("b:1"), "f", 100), IsOkAndHolds("f"));
  EXPECT_THAT(store->ReadFile(Call(), "sha256:" + std::string(64, '0'), "x", 100),
              StatusIs(absl::StatusCode::kNotFound));
}

// Two make containers of an image while a third removes it and pulls it again.
KERNEL_TEST(LocalImageStore, AnImageStaysWhileItIsHeld) {
  constexpr int kRemovals = 20;
  const std::string name = "example.com/a:1";
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_THAT(store.Pull(name), IsOk());
  std::atomic<bool> ends = false;
  std::atomic<int> made = 0;
  const auto make = [&](const std::string& key) {
    while (!ends) {
      {
        const absl::StatusOr<HeldImage> held = store->HoldToUse(Call(), name);
        if (!held.ok()) {
          EXPECT_THAT(held, StatusIs(absl::StatusCode::kNotFound));
          std::this_thread::yield();
          continue;
        }
        EXPECT_THAT(store->PrepareRootfs(Call(), held->image.id, key), IsOk());
        EXPECT_THAT(store->Find(held->image.id), IsOk());
      }
      EXPECT_THAT(store->RemoveRootfs(key), IsOk());
      ++made;
    }
  };
  std::thread one(make, "one");
  std::thread other(make, "other");
  const Call patient = Call::WithTimeout(absl::Seconds(60));
  for (int i = 0; i < kRemovals; ++i) {
    for (const int before = made.load(); made.load() == before && patient.Check().ok();) {
      std::this_thread::yield();
    }
    {
      const absl::StatusOr<HeldImage> held = store->HoldToRemove(patient, name);
      EXPECT_THAT(held, IsOk());
      EXPECT_THAT(store->Remove(name), IsOk());
    }
    EXPECT_THAT(store.Pull(name), IsOk());
  }
  ends = true;
  one.join();
  other.join();
  EXPECT_GE(made.load(), kRemovals);
}

// The same image has a name for its manifest and one for an index of it.
KERNEL_TEST(LocalImageStore, ANewNameMeansWhatTheOldOneDoes) {
  ImageLibrary library;
  const Digest manifest = library.Add("library/a:1", TwoLayers());
  const Digest index = library.AddIndex("library/b:1", {{"linux/amd64", manifest}});
  Store store(library);
  ASSERT_THAT(store.Pull("a:1"), IsOk());
  ASSERT_THAT(store.Pull("b:1"), IsOk());
  ASSERT_THAT(store->Tag("a:1", "of-a"), IsOk());
  ASSERT_THAT(store->Tag("b:1", "of-b"), IsOk());
  store.Close();
  auto database = MetadataDatabase::OpenImages(store.root() + "/images.db");
  ASSERT_THAT(database, IsOk());
  ASSERT_OK_AND_ASSIGN(const std::vector<ImageRecord> records, ImageRecords(**database).Load());
  ASSERT_EQ(records.size(), 1u);
  std::map<std::string, std::string> targets;
  for (const NameRecord& name : records[0].names) {
    targets[name.name] = name.target.str();
  }
  EXPECT_EQ(targets["docker.io/library/of-a:latest"], manifest.str());
  EXPECT_EQ(targets["docker.io/library/of-b:latest"], index.str());
}

}  // namespace
}  // namespace berth::imageservice
