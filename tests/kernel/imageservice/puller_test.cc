// SPDX-License-Identifier: Apache-2.0
#include "imageservice/puller.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"

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
using ::testing::HasSubstr;
using ::testing::IsEmpty;

KERNEL_TEST(Puller, PullsLayersOfEveryCompression) {
  ImageLibrary library;
  library.Add("a:1", {.layers = {{TarOf("gzip", "1"), Compression::kGzip},
                                 {TarOf("zstd", "2"), Compression::kZstd},
                                 {TarOf("none", "3"), Compression::kNone}}});
  Store store(library);
  ASSERT_OK_AND_ASSIGN(Image image, store.Pull("example.com/a:1"));
  EXPECT_THAT(store->ReadFile(Call(), image.id, "/gzip", 10), IsOkAndHolds("1"));
  EXPECT_THAT(store->ReadFile(Call(), image.id, "/zstd", 10), IsOkAndHolds("2"));
  EXPECT_THAT(store->ReadFile(Call(), image.id, "/none", 10), IsOkAndHolds("3"));
}

// The index digest is the repo digest, the config digest the id; a pull by digest has no tag.
KERNEL_TEST(Puller, NamesImagesOfAnIndexByTheIndex) {
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

KERNEL_TEST(Puller, MergesNamesOfOneImageAndMovesTags) {
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

KERNEL_TEST(Puller, SharesLayersBetweenImages) {
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
  EXPECT_THAT(store->ReadFile(Call(), library.id("b:1"), "etc/passwd", 100), IsOk());
}

// The same content packed otherwise: the layer is there, the exact bytes of this image are fetched.
KERNEL_TEST(Puller, HasAllBlobsOfEveryImage) {
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

KERNEL_TEST(Puller, RefusesContentThatIsNotWhatWasPromised) {
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

KERNEL_TEST(Puller, RefusesALayerWithAnotherDiffId) {
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

KERNEL_TEST(Puller, SharesOneDownloadBetweenEqualRequests) {
  ImageLibrary library;
  LibraryImage image = TwoLayers();
  library.Add("a:1", image);
  absl::Notification started;
  absl::Notification all_wait;
  library.before_manifest = [&](const std::string&) {
    started.Notify();
    return absl::OkStatus();
  };
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
  // One that joins and gives up does not disturb the others.
  started.WaitForNotification();
  EXPECT_THAT(store.Pull("example.com/a:1", Call::WithTimeout(absl::Milliseconds(100))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  all_wait.Notify();
  for (std::thread& puller : pullers) {
    puller.join();
  }
  EXPECT_EQ(library.total_fetches(), 3);  // the config and two layers
  EXPECT_GE(progress, 4 * 2);
}

KERNEL_TEST(Puller, FetchesALayerOnceForDifferentImages) {
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

// A Dockerfile's repeated step gives one blob at several positions, each of another chain.
KERNEL_TEST(Puller, FetchesALayerOnceThatStandsAtSeveralPositions) {
  ImageLibrary library;
  test::TarBuilder remove;
  LibraryImage image = {.layers = {{TarOf("f", "again")},
                                   {remove.Whiteout("f").Finish()},
                                   {TarOf("f", "again")},
                                   {TarOf("f", "again")}}};
  library.Add("a:1", image);
  LibraryImage turned = image;
  std::swap(turned.layers[0], turned.layers[1]);
  library.Add("b:1", turned);
  Store store(library);
  std::thread other([&store] { EXPECT_THAT(store.Pull("example.com/b:1"), IsOk()); });
  ASSERT_OK_AND_ASSIGN(Image pulled, store.Pull("example.com/a:1"));
  other.join();
  EXPECT_EQ(library.fetches(Digest::OfBytes(ImageLibrary::Pack(image.layers[0]))), 1);
  EXPECT_EQ(library.fetches(Digest::OfBytes(ImageLibrary::Pack(image.layers[1]))), 1);
  EXPECT_EQ(store.Snapshots().size(), 4u + 4u);
  EXPECT_THAT(store->ReadFile(Call(), pulled.id, "f", 10), IsOkAndHolds("again"));
  store.Open();
  ASSERT_OK_AND_ASSIGN(Image reopened, store->Find("example.com/a:1"));
  EXPECT_EQ(reopened.size, pulled.size);
}

// However many pulls a slow registry holds up, another registry's get their turn.
KERNEL_TEST(Puller, KeepsATurnForOtherRegistries) {
  ImageLibrary library;
  LibraryImage slow;
  std::vector<std::thread> pullers;
  absl::Notification end;
  std::atomic<int> held = 0;
  std::set<Digest> slow_blobs;
  for (int i = 0; i < 6; ++i) {
    slow.layers = {{TarOf(absl::StrCat("slow", i), "s")}};
    library.Add(absl::StrCat("slow", i, ":1"), slow);
    slow_blobs.insert(Digest::OfBytes(ImageLibrary::Pack(slow.layers[0])));
  }
  library.Add("good:1", TwoLayers());
  library.before_piece = [&](const Call&, const Digest& digest, size_t) {
    if (slow_blobs.contains(digest)) {
      ++held;
      end.WaitForNotification();
    }
    return absl::OkStatus();
  };
  Store store(library);
  for (int i = 0; i < 6; ++i) {
    pullers.emplace_back([&store, i] {
      EXPECT_THAT(store.Pull(absl::StrCat("slow.example/slow", i, ":1")), IsOk());
    });
  }
  while (held < 3) {  // as many as one registry may have
    std::this_thread::yield();
  }
  EXPECT_THAT(store.Pull("example.com/good:1", Call::WithTimeout(absl::Minutes(1))), IsOk());
  EXPECT_EQ(held, 3);
  end.Notify();
  for (std::thread& puller : pullers) {
    puller.join();
  }
}

KERNEL_TEST(Puller, LeavesNothingHalfMadeWhenCancelled) {
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
        std::this_thread::yield();
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

KERNEL_TEST(Puller, GoesOnWithTheFirstErrorOfParallelLayers) {
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

}  // namespace
}  // namespace berth::imageservice
