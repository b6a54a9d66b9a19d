// SPDX-License-Identifier: Apache-2.0
#include "imageservice/local_image_store.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/image_library.h"
#include "tests/kernel/imageservice/layer_stack.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::LibraryImage;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string TarOf(const std::string& name, const std::string& content) {
  TarBuilder tar;
  return tar.File(name, content).Finish();
}

LibraryImage TwoLayers(const std::string& content = "hello") {
  TarBuilder base;
  base.Directory("./", {.mode = 0755})
      .Directory("etc")
      .File("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  base.Directory("dir", {.mode = 0700, .uid = 1000}).File("gone", "x");
  TarBuilder top;
  top.File("dir/file", content).Whiteout("gone");
  return {.layers = {{base.Finish()}, {top.Finish()}}, .user = "1000:1000"};
}

// A store in a temporary directory, with a library as its only registry.
class Store {
 public:
  explicit Store(ImageLibrary& library, std::string root = "")
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
    absl::StatusOr<std::unique_ptr<LocalImageStore>> store =
        LocalImageStore::Open(options, metrics_, std::move(world));
    ASSERT_THAT(store, IsOk());
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

 private:
  std::set<std::string> Names(const std::string& directory) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_ + "/" + directory)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  test::TempDir space_;
  ImageLibrary& library_;
  metrics::Metrics metrics_;
  const std::string root_;
  std::unique_ptr<LocalImageStore> store_;
};

// What a container sees of the root.
std::string Mounted(const Root& root, const std::string& at) {
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

constexpr char kTwoLayersTree[] =
    ". dir 0755 0:0\n"
    "dir dir 0700 1000:0\n"
    "dir/file file 0644 0:0 hello\n"
    "etc dir 0755 0:0\n"
    "etc/passwd file 0644 0:0 root:x:0:0::/:/bin/sh\n";

KERNEL_TEST(LocalImageStore, PullsAndMountsAnImage) {
  ImageLibrary library;
  Digest manifest = library.Add("library/app:latest", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("app"));
  EXPECT_EQ(image.id, library.id("library/app:latest"));
  EXPECT_THAT(image.repo_tags, ElementsAre("docker.io/library/app:latest"));
  EXPECT_THAT(image.repo_digests, ElementsAre("docker.io/library/app@" + manifest.str()));
  EXPECT_EQ(image.user, "1000:1000");
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
  ASSERT_OK_AND_ASSIGN(Root root, store->PrepareRoot(image.id, "container"));
  EXPECT_EQ(Mounted(root, at.Join("root")), kTwoLayersTree);
  ASSERT_OK_AND_ASSIGN(Root again, store->PrepareRoot(image.id, "container"));
  EXPECT_EQ(again.upper, root.upper);
  ASSERT_OK_AND_ASSIGN(Root view, store->PrepareView(image.id, "volume"));
  EXPECT_TRUE(view.upper.empty());
  EXPECT_EQ(Mounted(view, at.Join("view")), kTwoLayersTree);
  EXPECT_THAT(store->PrepareView(image.id, "container"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(store->RootKeys(), UnorderedElementsAre("container", "volume"));
}

KERNEL_TEST(LocalImageStore, PullsLayersOfEveryCompression) {
  ImageLibrary library;
  library.Add("a:1", {.layers = {{TarOf("gzip", "1"), Compression::kGzip},
                                 {TarOf("zstd", "2"), Compression::kZstd},
                                 {TarOf("none", "3"), Compression::kNone}}});
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  EXPECT_THAT(store->ReadFile(image.id, "/gzip", 10), IsOkAndHolds("1"));
  EXPECT_THAT(store->ReadFile(image.id, "/zstd", 10), IsOkAndHolds("2"));
  EXPECT_THAT(store->ReadFile(image.id, "/none", 10), IsOkAndHolds("3"));
}

KERNEL_TEST(LocalImageStore, TakesImagesWithoutLayers) {
  ImageLibrary library;
  library.Add("empty:1", {});
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/empty:1"));
  EXPECT_GT(image.size, 0u);
  test::TempDir at;
  ASSERT_OK_AND_ASSIGN(Root root, store->PrepareRoot(image.id, "container"));
  EXPECT_EQ(Mounted(root, at.Join("root")), ". dir 0755 0:0");
  ASSERT_OK_AND_ASSIGN(Root view, store->PrepareView(image.id, "view"));
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
  for (const std::string& name : {std::string("app"), std::string("app:2"), std::string("other:1"),
                                  std::string(64, 'a'), std::string(""), std::string("UPPER")}) {
    EXPECT_THAT(store->Find(name), StatusIs(absl::StatusCode::kNotFound)) << name;
  }
}

// The index digest is the repo digest, the config digest the id; a pull by digest has no tag.
KERNEL_TEST(LocalImageStore, NamesImagesOfAnIndexByTheIndex) {
  ImageLibrary library;
  Digest amd64 = library.Add("multi:amd64", TwoLayers("amd64"));
  LibraryImage other = TwoLayers("arm64");
  other.architecture = "arm64";
  Digest arm64 = library.Add("multi:arm64", other);
  Digest index = library.AddIndex("multi:1", {{"linux/arm64", arm64}, {"linux/amd64", amd64}});
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/multi@" + index.str()));
  EXPECT_EQ(image.id, library.id("multi:amd64"));
  EXPECT_THAT(image.repo_tags, IsEmpty());
  EXPECT_THAT(image.repo_digests, ElementsAre("example.com/multi@" + index.str()));
  ASSERT_OK_AND_ASSIGN(Image tagged, store.Pull("example.com/multi:1"));
  EXPECT_EQ(tagged.id, image.id);
  EXPECT_THAT(tagged.repo_tags, ElementsAre("example.com/multi:1"));
  EXPECT_EQ(store->List().size(), 1u);
  absl::StatusOr<Image> arm = store->Pull(Call(), {.reference = "example.com/multi:1",
                                                   .credentials = {},
                                                   .platform = "linux/arm64",
                                                   .progress = {}});
  ASSERT_THAT(arm, IsOk());
  EXPECT_EQ(arm->architecture, "arm64");
  EXPECT_THAT(store.Pull("example.com/multi:none"), StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(LocalImageStore, MergesNamesOfOneImageAndMovesTags) {
  ImageLibrary library;
  Digest first = library.Add("a:1", TwoLayers());
  library.Add("b:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image a, store.Pull("example.com/a:1"));
  ASSERT_OK_AND_ASSIGN(Image b, store.Pull("example.org/b:1"));
  EXPECT_EQ(a.id, b.id);
  EXPECT_THAT(b.repo_tags, ElementsAre("example.com/a:1", "example.org/b:1"));
  EXPECT_EQ(b.repo_digests.size(), 2u);

  library.Add("a:1", TwoLayers("newer"));
  ASSERT_OK_AND_ASSIGN(Image moved, store.Pull("example.com/a:1"));
  EXPECT_NE(moved.id, a.id);
  ASSERT_OK_AND_ASSIGN(Image old, store->Find(a.id));
  EXPECT_THAT(old.repo_tags, ElementsAre("example.org/b:1"));
  EXPECT_THAT(old.repo_digests,
              ElementsAre("example.com/a@" + first.str(), "example.org/b@" + first.str()));
  ASSERT_OK_AND_ASSIGN(Image by_name, store->Find("example.com/a:1"));
  EXPECT_EQ(by_name.id, moved.id);

  store.Open();
  ASSERT_OK_AND_ASSIGN(Image reopened, store->Find("example.com/a:1"));
  EXPECT_EQ(reopened.id, moved.id);
  EXPECT_EQ(reopened.size, moved.size);
  ASSERT_OK_AND_ASSIGN(Image old_reopened, store->Find(a.id));
  EXPECT_EQ(old_reopened.repo_digests, old.repo_digests);
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

KERNEL_TEST(LocalImageStore, KeepsLayersUnderContainersOfARemovedImage) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  ASSERT_THAT(store->PrepareRoot(image.id, "container"), IsOk());
  ASSERT_THAT(store->Remove(image.id), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_EQ(store.Snapshots().size(), 3u);
  store.Open();
  EXPECT_EQ(store.Snapshots().size(), 3u);
  EXPECT_THAT(store->RootKeys(), ElementsAre("container"));
  ASSERT_THAT(store->RemoveRoot("container"), IsOk());
  EXPECT_THAT(store->RemoveRoot("container"), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store.Snapshots(), IsEmpty());
}

KERNEL_TEST(LocalImageStore, SharesLayersBetweenImages) {
  ImageLibrary library;
  LibraryImage a = TwoLayers();
  LibraryImage b = TwoLayers();
  b.layers[1] = {TarOf("other", "o")};
  library.Add("a:1", a);
  library.Add("b:1", b);
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  ASSERT_THAT(store.Pull("example.com/b:1"), IsOk());
  EXPECT_EQ(store.Snapshots().size(), 3u);
  EXPECT_EQ(library.fetches(Digest::OfBytes(ImageLibrary::Pack(a.layers[0]))), 1);
  ASSERT_THAT(store->Remove("example.com/a:1"), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_EQ(store.Snapshots().size(), 2u);
  EXPECT_THAT(store->ReadFile(library.id("b:1"), "etc/passwd", 100), IsOk());
}

// The same content packed otherwise: the layer is there, the exact bytes of this image are fetched.
KERNEL_TEST(LocalImageStore, HasAllBlobsOfEveryImage) {
  ImageLibrary library;
  LibraryImage zstd = TwoLayers();
  for (test::LibraryLayer& layer : zstd.layers) {
    layer.compression = Compression::kZstd;
  }
  library.Add("gzip:1", TwoLayers());
  library.Add("zstd:1", zstd);
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/gzip:1"), IsOk());
  ASSERT_THAT(store.Pull("example.com/zstd:1"), IsOk());
  EXPECT_EQ(store.Snapshots().size(), 2u);
  EXPECT_EQ(store.Blobs().size(), 2u + 2u + 1u + 2u);  // layers, one config, two manifests
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
    EXPECT_THAT(store->ReadFile(image.id, "/etc/passwd", 100), IsOkAndHolds("top"));
    EXPECT_THAT(store->ReadFile(image.id, "etc/group", 100), IsOkAndHolds("group"));
    EXPECT_THAT(store->ReadFile(image.id, "link", 100), IsOkAndHolds("group"));
    EXPECT_THAT(store->ReadFile(image.id, "out", 100), IsOkAndHolds("group"));
    EXPECT_THAT(store->ReadFile(image.id, "dir/../dir/passwd", 100), IsOkAndHolds("top"));
    EXPECT_THAT(store->ReadFile(image.id, "gone", 100), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(store->ReadFile(image.id, "bin/tool/x", 100),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(store->ReadFile(image.id, "loop", 100),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(image.id, "fifo", 100),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(image.id, "d", 100), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(image.id, "big", 999),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store->ReadFile(image.id, "big", 1000), IsOk());
  }
  EXPECT_THAT(store->ReadFile("sha256:" + std::string(64, '0'), "x", 100),
              StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(LocalImageStore, RefusesContentThatIsNotWhatWasPromised) {
  ImageLibrary library;
  LibraryImage image = TwoLayers();
  library.Add("a:1", image);
  Digest blob = Digest::OfBytes(ImageLibrary::Pack(image.layers[1]));
  library.Corrupt(blob, ImageLibrary::Pack({TarOf("evil", "x")}));
  Store store(library);
  EXPECT_THAT(store.Pull("example.com/a:1"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store->List(), IsEmpty());
  EXPECT_EQ(store.Blobs().count(std::string(blob.hex())), 0u);
  EXPECT_THAT(store.Trash(), IsEmpty());
  // The other layer is whole and stays for the next attempt.
  library.Corrupt(blob, ImageLibrary::Pack(image.layers[1]));
  EXPECT_THAT(store.Pull("example.com/a:1"), IsOk());
}

KERNEL_TEST(LocalImageStore, RefusesALayerWithAnotherDiffId) {
  ImageLibrary library;
  Digest manifest = library.Add("a:1", {.layers = {{TarOf("f", "1")}}});
  // A config that promises another diff id, with a manifest that names it.
  std::string config = absl::StrCat(
      R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[")",
      Digest::OfBytes("other").str(), "\"]}}");
  Digest config_digest = library.AddBlob(config);
  std::string packed = ImageLibrary::Pack({TarOf("f", "1")});
  library.AddDocument(
      "b:1", "application/vnd.oci.image.manifest.v1+json",
      absl::StrCat(
          R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")",
          config_digest.str(), R"(","size":)", config.size(),
          R"(},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":")",
          Digest::OfBytes(packed).str(), R"(","size":)", packed.size(), "}]}"));
  Store store(library);
  EXPECT_THAT(store.Pull("example.com/b:1"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("config says")));
  EXPECT_THAT(store.Pull("example.com/a:1"), IsOk());
}

KERNEL_TEST(LocalImageStore, SharesOneDownloadBetweenEqualRequests) {
  ImageLibrary library;
  LibraryImage image = TwoLayers();
  library.Add("a:1", image);
  absl::Notification all_wait;
  library.before_piece = [&](const Call&, const Digest&, size_t) {
    all_wait.WaitForNotification();
    return absl::OkStatus();
  };
  Store store(library);
  std::vector<std::thread> pullers;
  std::atomic<int> progress = 0;
  for (int i = 0; i < 4; ++i) {
    pullers.emplace_back([&] {
      PullRequest request{
          .reference = "example.com/a:1", .credentials = {}, .platform = "", .progress = {}};
      request.progress = [&](const PullProgress&) { ++progress; };
      EXPECT_THAT(store->Pull(Call(), request), IsOk());
    });
  }
  // One that gives up does not disturb the others.
  EXPECT_THAT(store.Pull("example.com/a:1", Call::WithTimeout(absl::Milliseconds(100))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  all_wait.Notify();
  for (std::thread& puller : pullers) {
    puller.join();
  }
  EXPECT_EQ(library.total_fetches(), 3);  // the config and two layers
  EXPECT_GE(progress, 4 * 2);
}

KERNEL_TEST(LocalImageStore, FetchesALayerOnceForDifferentImages) {
  ImageLibrary library;
  LibraryImage a = TwoLayers();
  LibraryImage b = TwoLayers();
  LibraryImage c = TwoLayers();
  b.layers[1] = {TarOf("other", "o")};
  c.layers.insert(c.layers.begin(), {TarOf("below", "o")});  // the same blobs, other chain ids
  library.Add("a:1", a);
  library.Add("b:1", b);
  library.Add("c:1", c);
  absl::Notification all_started;
  std::atomic<int> manifests = 0;
  library.before_manifest = [&](const std::string&) {
    if (++manifests == 3) {
      all_started.Notify();
    }
    return absl::OkStatus();
  };
  library.before_piece = [&](const Call&, const Digest&, size_t) {
    all_started.WaitForNotification();
    return absl::OkStatus();
  };
  Store store(library);
  std::vector<std::thread> pullers;
  for (const char* name : {"example.com/a:1", "example.com/b:1", "example.com/c:1"}) {
    pullers.emplace_back([&store, name] { EXPECT_THAT(store.Pull(name), IsOk()); });
  }
  for (std::thread& puller : pullers) {
    puller.join();
  }
  EXPECT_EQ(library.fetches(Digest::OfBytes(ImageLibrary::Pack(a.layers[0]))), 1);
  EXPECT_EQ(library.fetches(Digest::OfBytes(ImageLibrary::Pack(a.layers[1]))), 1);
  EXPECT_EQ(store.Snapshots().size(), 2u + 1u + 3u);
}

KERNEL_TEST(LocalImageStore, LeavesNothingHalfMadeWhenCancelled) {
  ImageLibrary library;
  LibraryImage image = TwoLayers();
  image.layers.push_back({TarOf("big", std::string(300'000, 'b')), Compression::kNone});
  library.Add("a:1", image);
  Store store(library);
  std::atomic<bool> cancelled = false;
  library.before_piece = [&](const Call& call, const Digest& digest, size_t sent) -> absl::Status {
    if (digest == Digest::OfBytes(image.layers[2].tar) && sent > 100'000) {
      cancelled = true;
      while (call.Check().ok()) {  // as a transfer does that waits for bytes
        absl::SleepFor(absl::Milliseconds(1));
      }
    }
    return call.Check();
  };
  EXPECT_THAT(
      store.Pull("example.com/a:1", Call(absl::InfiniteFuture(), [&] { return cancelled.load(); })),
      StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(store->List(), IsEmpty());
  ASSERT_THAT(store->CollectGarbage(), IsOk());  // waits for nothing but the collection itself
  library.before_piece = nullptr;
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());  // after the flight before it has come down
  ASSERT_THAT(store->Remove("example.com/a:1"), IsOk());
  ASSERT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store.Blobs(), IsEmpty());
  EXPECT_THAT(store.Snapshots(), IsEmpty());
  EXPECT_THAT(store.Trash(), IsEmpty());
}

KERNEL_TEST(LocalImageStore, GoesOnWithTheFirstErrorOfParallelLayers) {
  ImageLibrary library;
  LibraryImage image;
  for (int i = 0; i < 6; ++i) {
    image.layers.push_back(
        {TarOf(absl::StrCat("f", i), std::string(200'000, static_cast<char>('a' + i)))});
  }
  library.Add("a:1", image);
  Digest third = Digest::OfBytes(ImageLibrary::Pack(image.layers[2]));
  library.before_piece = [&](const Call& call, const Digest& digest, size_t) -> absl::Status {
    if (digest == third) {
      return absl::UnavailableError("the registry has gone");
    }
    return call.Check();
  };
  Store store(library);
  EXPECT_THAT(store.Pull("example.com/a:1"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("has gone")));
  library.before_piece = nullptr;
  EXPECT_THAT(store.Pull("example.com/a:1"), IsOk());
}

KERNEL_TEST(LocalImageStore, SurvivesAFullDisk) {
  test::TempDir space;
  std::string small = space.Join("small");
  std::filesystem::create_directory(small);
  ASSERT_EQ(mount("tmpfs", small.c_str(), "tmpfs", 0, "size=6m,mode=700"), 0);
  {
    ImageLibrary library;
    std::string noise;
    for (int i = 0; noise.size() < (8 << 20); ++i) {
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
    EXPECT_THAT(store->PrepareRoot(library.id("small:1"), "key"),
                StatusIs(absl::StatusCode::kResourceExhausted));
    std::filesystem::remove(small + "/filler");
    EXPECT_THAT(store->PrepareRoot(library.id("small:1"), "key"), IsOk());
    library.Add("other:1", TwoLayers("other"));
    EXPECT_THAT(store.Pull("example.com/other:1"), IsOk());
    store.Open();
    EXPECT_EQ(store->List().size(), 2u);
  }
  umount2(small.c_str(), MNT_DETACH);
}

// After a power loss: what was never synced is made again from the blobs, without the registry.
KERNEL_TEST(LocalImageStore, UnpacksAgainWhatAnotherBootNeverSynced) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  ASSERT_THAT(store->PrepareRoot(image.id, "container"), IsOk());
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
  EXPECT_THAT(store->ReadFile(image.id, "etc/passwd", 100),
              IsOkAndHolds("root:x:0:0::/:/bin/sh\n"));
  test::TempDir at;
  ASSERT_OK_AND_ASSIGN(Root root, store->PrepareRoot(image.id, "new"));
  EXPECT_EQ(Mounted(root, at.Join("root")), kTwoLayersTree);
  EXPECT_THAT(store->RootKeys(), UnorderedElementsAre("container", "new"));
  EXPECT_EQ(library.total_fetches(), fetches);
}

KERNEL_TEST(LocalImageStore, HealsABlobThatTheDiskHasDamaged) {
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
  EXPECT_THAT(store->PrepareRoot(library.id("a:1"), "x"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(store.Pull("example.com/a:1"), IsOk());
  EXPECT_THAT(store->PrepareRoot(library.id("a:1"), "x"), IsOk());
}

KERNEL_TEST(LocalImageStore, ForgetsAnImageWhoseBlobsAreGone) {
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

KERNEL_TEST(LocalImageStore, RemovesStrangersAtTheStart) {
  ImageLibrary library;
  library.Add("a:1", TwoLayers());
  Store store(library);
  ASSERT_THAT(store.Pull("example.com/a:1"), IsOk());
  std::set<std::string> snapshots = store.Snapshots();
  std::set<std::string> blobs = store.Blobs();
  store.Close();
  std::filesystem::create_directories(store.root() + "/snapshots/77/fs/left");
  std::filesystem::create_directories(store.root() + "/snapshots/not-a-number");
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

}  // namespace
}  // namespace berth::imageservice
