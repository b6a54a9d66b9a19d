// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_installer.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/content/disk_content_store.h"
#include "imageservice/image/chain_id.h"
#include "imageservice/snapshot/overlay_snapshotter.h"
#include "tests/kernel/imageservice/layer/layer_stack.h"
#include "tests/support/compress.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;

class Yard {
 public:
  explicit Yard(int parallel = 3) {
    content_ = *DiskContentStore::Open(space_.Join("content"));
    records_ = *MetadataDatabase::OpenSnapshots(space_.Join("snapshots.db"));
    snapshotter_ = *OverlaySnapshotter::Open(space_.path(), "boot", *records_);
    fetcher_ = std::make_unique<LayerFetcher>(*content_, *snapshotter_, metrics_);
    installer_ = std::make_unique<LayerInstaller>(*snapshotter_, *fetcher_, parallel);
  }

  // An image of these archives, lowest first.
  std::vector<LayerSource> Image(const std::vector<std::string>& tars) {
    std::vector<Digest> diff_ids;
    for (const std::string& tar : tars) {
      diff_ids.push_back(Digest::OfBytes(tar));
    }
    std::vector<std::string> chain_ids = ChainIdsOf(diff_ids);
    std::vector<LayerSource> layers;
    for (size_t i = 0; i < tars.size(); ++i) {
      std::string packed = test::Gzip(tars[i]);
      Digest digest = Digest::OfBytes(packed);
      layers.push_back({.blob = {digest, packed.size(), {}},
                        .media_type = "",
                        .compression = Compression::kGzip,
                        .diff_id = diff_ids[i],
                        .chain_id = chain_ids[i],
                        .parent = i == 0 ? "" : chain_ids[i - 1]});
      blobs_[digest] = packed;
    }
    return layers;
  }

  absl::Status Install(const std::vector<LayerSource>& layers, const Call& call = Call()) {
    return installer_->Install(
        call, layers,
        [this](const Call& job, const BlobSource& blob, const BytesSink& sink) -> absl::Status {
          ++downloads;
          if (before_blob != nullptr) {
            if (absl::Status status = before_blob(job, blob.digest); !status.ok()) {
              return status;
            }
          }
          return sink(blobs_.at(blob.digest));
        },
        nullptr);
  }
  absl::Status InstallFromDisk(const std::vector<LayerSource>& layers) {
    return installer_->Install(Call(), layers, nullptr, nullptr);
  }

  std::string Tree(const std::string& chain_id) {
    absl::StatusOr<std::vector<std::string>> directories = snapshotter_->LayerDirectories(chain_id);
    EXPECT_THAT(directories, IsOk());
    return LayerStack::Merge(*directories, space_);
  }
  OverlaySnapshotter& snapshotter() { return *snapshotter_; }

  std::atomic<int> downloads = 0;
  std::function<absl::Status(const Call&, const Digest&)> before_blob;

 private:
  test::TempDir space_;
  metrics::Metrics metrics_;
  std::map<Digest, std::string> blobs_;
  std::unique_ptr<DiskContentStore> content_;
  std::unique_ptr<MetadataDatabase> records_;
  std::unique_ptr<OverlaySnapshotter> snapshotter_;
  std::unique_ptr<LayerFetcher> fetcher_;
  std::unique_ptr<LayerInstaller> installer_;
};

std::string Usrmerged() {
  TarBuilder tar;
  return tar.Directory("usr")
      .Directory("usr/bin")
      .Symlink("bin", "usr/bin")
      .File("usr/bin/sh", "sh")
      .Finish();
}

std::string File(const std::string& name) {
  TarBuilder tar;
  return tar.File(name, name).Finish();
}

// Layers that arrive together, of which the upper ones need to know the lower ones.
KERNEL_TEST(LayerInstaller, UnpacksAgainWhatDependsOnTheLayersBelow) {
  Yard yard;
  std::vector<LayerSource> image =
      yard.Image({Usrmerged(), File("bin/x"), File("usr/bin/y"), File("bin/z")});
  absl::Barrier* together = new absl::Barrier(3);  // deletes itself
  std::atomic<int> arrived = 0;
  yard.before_blob = [&](const Call&, const Digest&) {
    if (++arrived <= 3 && together->Block()) {
      delete together;
    }
    return absl::OkStatus();
  };
  ASSERT_THAT(yard.Install(image), IsOk());
  EXPECT_EQ(yard.downloads, 4) << "unpacking again needs no second download";
  EXPECT_EQ(yard.Tree(image.back().chain_id),
            ". dir 0755 0:0\n"
            "bin link 0:0 usr/bin\n"
            "usr dir 0755 0:0\n"
            "usr/bin dir 0755 0:0\n"
            "usr/bin/sh file 0644 0:0 sh\n"
            "usr/bin/x file 0644 0:0 bin/x\n"
            "usr/bin/y file 0644 0:0 usr/bin/y\n"
            "usr/bin/z file 0644 0:0 bin/z");
}

KERNEL_TEST(LayerInstaller, SkipsWhatIsThereAndMakesWhatIsMissing) {
  Yard yard;
  std::vector<LayerSource> image = yard.Image({File("a"), File("b"), File("c")});
  ASSERT_THAT(yard.Install({image[0], image[1]}), IsOk());
  ASSERT_THAT(yard.Install(image), IsOk());
  EXPECT_EQ(yard.downloads, 3);
  ASSERT_THAT(yard.Install(image), IsOk());
  EXPECT_EQ(yard.downloads, 3);
  ASSERT_THAT(yard.snapshotter().RemoveLayersExcept({image[0].chain_id}), IsOk());
  ASSERT_THAT(yard.InstallFromDisk(image), IsOk());
  EXPECT_EQ(yard.downloads, 3);
  EXPECT_TRUE(yard.snapshotter().HasLayer(image[2].chain_id));
  EXPECT_THAT(yard.Install({}), IsOk());
}

// Two callers that want the same layers, and one whose failure is not the other's.
KERNEL_TEST(LayerInstaller, TakesOverFromACallerThatFails) {
  Yard yard;
  std::vector<LayerSource> image = yard.Image({File("a"), File("b")});
  absl::Notification claimed;
  std::atomic<bool> first_cancelled = false;
  std::atomic<int> calls = 0;
  yard.before_blob = [&](const Call& call, const Digest&) -> absl::Status {
    if (++calls > 2) {
      return absl::OkStatus();
    }
    if (calls == 2) {
      claimed.Notify();
    }
    while (call.Check().ok()) {
      std::this_thread::yield();
    }
    return call.Check();
  };
  std::thread first([&] {
    EXPECT_THAT(
        yard.Install(image, Call(absl::InfiniteFuture(), [&] { return first_cancelled.load(); })),
        StatusIs(absl::StatusCode::kCancelled));
  });
  claimed.WaitForNotification();
  std::thread second([&] { EXPECT_THAT(yard.Install(image), IsOk()); });
  first_cancelled = true;
  first.join();
  second.join();
  EXPECT_TRUE(yard.snapshotter().HasLayer(image[1].chain_id));
}

KERNEL_TEST(LayerInstaller, EndsAllWhenOneFails) {
  Yard yard(2);
  std::vector<std::string> tars;
  for (int i = 0; i < 10; ++i) {
    tars.push_back(File(std::to_string(i)));
  }
  std::vector<LayerSource> image = yard.Image(tars);
  yard.before_blob = [&](const Call& call, const Digest& digest) -> absl::Status {
    if (digest == image[1].blob.digest) {
      return absl::NotFoundError("no such blob");
    }
    while (call.Check().ok()) {
      std::this_thread::yield();
    }
    return call.Check();
  };
  EXPECT_THAT(yard.Install(image), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_LE(yard.downloads, 3);
  EXPECT_FALSE(yard.snapshotter().HasLayer(image[0].chain_id));
}

KERNEL_TEST(LayerInstaller, InstallsManyImagesOfSharedLayersAtOnce) {
  Yard yard;
  std::vector<std::vector<LayerSource>> images;
  for (int i = 0; i < 6; ++i) {
    images.push_back(yard.Image({File("base"), File("middle" + std::to_string(i % 2)),
                                 File("top" + std::to_string(i)), File("base")}));
  }
  std::vector<std::thread> threads;
  for (const std::vector<LayerSource>& image : images) {
    threads.emplace_back([&yard, &image] { EXPECT_THAT(yard.Install(image), IsOk()); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(yard.downloads, 1 + 2 + 6);
  EXPECT_EQ(yard.snapshotter().LayersUsage().inodes, 2u * (1 + 2 + 6 + 6));
}

}  // namespace
}  // namespace berth::imageservice
