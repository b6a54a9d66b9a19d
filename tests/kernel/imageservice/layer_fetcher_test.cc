// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_fetcher.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/content/disk_content_store.h"
#include "imageservice/snapshot/overlay_snapshotter.h"
#include "tests/fakes/image_library.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

class Bench {
 public:
  Bench() {
    test::TarBuilder tar;
    tar_ = tar.File("f", std::string(300'000, 'x')).Finish();
    packed_ = test::Gzip(tar_);
    content_ = *DiskContentStore::Open(space_.Join("content"));
    records_ = *MetadataDatabase::OpenSnapshots(space_.Join("snapshots.db"));
    snapshotter_ = *OverlaySnapshotter::Open(space_.path(), "boot", *records_);
    fetcher_ = std::make_unique<LayerFetcher>(*content_, *snapshotter_, metrics_);
  }

  LayerSource Source() const {
    return {.blob = {Digest::OfBytes(packed_), packed_.size(), {}},
            .media_type = "",
            .compression = Compression::kGzip,
            .diff_id = Digest::OfBytes(tar_),
            .chain_id = "chain",
            .parent = ""};
  }
  // Sends `bytes`, true or not.
  BlobFetcher Sending(std::string bytes) {
    return [this, bytes = std::move(bytes)](const Call&, const BlobSource&,
                                            const BytesSink& sink) -> absl::Status {
      ++downloads_;
      for (size_t at = 0; at < bytes.size(); at += 1000) {
        if (absl::Status status = sink(absl::string_view(bytes).substr(at, 1000)); !status.ok()) {
          return status;
        }
      }
      return absl::OkStatus();
    };
  }
  absl::StatusOr<UnpackedLayer> Unpack(const BlobFetcher& fetcher, const LayerSource& source) {
    return fetcher_->FetchAndUnpack(Call(), source, fetcher, nullptr,
                                    std::make_unique<MergedView>());
  }

  const std::string& packed() const { return packed_; }
  int downloads() const { return downloads_; }
  DiskContentStore& content() { return *content_; }
  LayerFetcher& fetcher() { return *fetcher_; }
  const test::TempDir& space() const { return space_; }

 private:
  test::TempDir space_;
  metrics::Metrics metrics_;
  std::string tar_;
  std::string packed_;
  int downloads_ = 0;
  std::unique_ptr<DiskContentStore> content_;
  std::unique_ptr<MetadataDatabase> records_;
  std::unique_ptr<OverlaySnapshotter> snapshotter_;
  std::unique_ptr<LayerFetcher> fetcher_;
};

KERNEL_TEST(LayerFetcher, BringsBlobAndFilesInOnePass) {
  Bench bench;
  std::vector<uint64_t> progress;
  ASSERT_OK_AND_ASSIGN(UnpackedLayer layer,
                       bench.fetcher().FetchAndUnpack(
                           Call(), bench.Source(), bench.Sending(bench.packed()),
                           [&](const PullProgress& state) { progress.push_back(state.current); },
                           std::make_unique<MergedView>()));
  EXPECT_FALSE(layer.needs_parents);
  EXPECT_TRUE(bench.content().Has(bench.Source().blob.digest));
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.back(), bench.packed().size());
  ASSERT_OK_AND_ASSIGN(sys::Fd directory, layer.draft->OpenDirectory());
  EXPECT_EQ(faccessat(directory.get(), "f", F_OK, 0), 0);
  // The second time from the disk.
  EXPECT_THAT(bench.Unpack(nullptr, bench.Source()).status(), IsOk());
  EXPECT_THAT(bench.fetcher().Fetch(Call(), bench.Source(), nullptr, nullptr), IsOk());
  EXPECT_EQ(bench.downloads(), 1);
}

KERNEL_TEST(LayerFetcher, FetchesTheBlobAlone) {
  Bench bench;
  ASSERT_THAT(bench.fetcher().Fetch(Call(), bench.Source(), bench.Sending(bench.packed()), nullptr),
              IsOk());
  EXPECT_TRUE(bench.content().Has(bench.Source().blob.digest));
}

KERNEL_TEST(LayerFetcher, RefusesWhatIsNotAsPromised) {
  Bench bench;
  std::string other = test::Gzip(std::string(1024, '\0'));
  EXPECT_THAT(bench.Unpack(bench.Sending(other), bench.Source()).status(),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(bench.Unpack(bench.Sending("not packed"), bench.Source()).status(),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(bench.content().Has(bench.Source().blob.digest));
  LayerSource wrong = bench.Source();
  wrong.diff_id = Digest::OfBytes("other");
  EXPECT_THAT(bench.Unpack(bench.Sending(bench.packed()), wrong).status(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("config says")));
}

KERNEL_TEST(LayerFetcher, FetchesAgainWhatTheDiskHasDamaged) {
  Bench bench;
  Digest digest = bench.Source().blob.digest;
  std::string damaged = bench.packed();
  damaged[damaged.size() / 2] ^= 1;
  for (const std::string& content : {damaged, bench.packed().substr(0, 100), std::string()}) {
    bench.space().Write("content/blobs/sha256/" + std::string(digest.hex()), content);
    EXPECT_THAT(bench.Unpack(bench.Sending(bench.packed()), bench.Source()).status(), IsOk());
    EXPECT_THAT(bench.content().Read(digest, 1 << 20), IsOk());
    bench.space().Write("content/blobs/sha256/" + std::string(digest.hex()), content);
    EXPECT_THAT(bench.Unpack(nullptr, bench.Source()).status(),
                StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_FALSE(bench.content().Has(digest));
  }
}

KERNEL_TEST(LayerFetcher, PassesTheErrorOfTheTransferOn) {
  Bench bench;
  auto failing = [](const Call&, const BlobSource&, const BytesSink& sink) {
    EXPECT_THAT(sink("\x1f\x8b"), IsOk());
    return absl::UnauthenticatedError("who are you");
  };
  EXPECT_THAT(bench.Unpack(failing, bench.Source()).status(),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(bench.Unpack(nullptr, bench.Source()).status(),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::imageservice
