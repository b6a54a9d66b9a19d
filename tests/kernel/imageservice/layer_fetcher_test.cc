// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_fetcher.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
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
  // `tmpfs` is the options of one to work in.
  explicit Bench(const char* tmpfs = nullptr) : is_mounted_(tmpfs != nullptr) {
    if (is_mounted_) {
      EXPECT_EQ(mount("tmpfs", space_.path().c_str(), "tmpfs", 0, tmpfs), 0);
    }
    test::TarBuilder tar;
    tar_ = tar.File("f", std::string(300'000, 'x')).Finish();
    packed_ = test::Gzip(tar_);
    content_ = *DiskContentStore::Open(space_.Join("content"));
    records_ = *MetadataDatabase::OpenSnapshots(space_.Join("snapshots.db"));
    snapshotter_ = *OverlaySnapshotter::Open(space_.path(), "boot", *records_);
    fetcher_ = std::make_unique<LayerFetcher>(*content_, *snapshotter_, metrics_);
  }

  ~Bench() {
    fetcher_.reset();
    snapshotter_.reset();
    records_.reset();
    content_.reset();
    if (is_mounted_) {
      umount2(space_.path().c_str(), MNT_DETACH);
    }
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

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
  absl::StatusOr<UnpackedLayer> Unpack(const BlobFetcher& fetcher, const LayerSource& source,
                                       const Call& call = Call()) {
    return fetcher_->FetchAndUnpack(call, source, fetcher, nullptr, std::make_unique<MergedView>());
  }

  const std::string& packed() const { return packed_; }
  int downloads() const { return downloads_; }
  DiskContentStore& content() { return *content_; }
  LayerFetcher& fetcher() { return *fetcher_; }
  const test::TempDir& space() const { return space_; }
  struct statvfs Disk() const {
    struct statvfs info = {};
    EXPECT_EQ(statvfs(space_.path().c_str(), &info), 0);
    return info;
  }

 private:
  test::TempDir space_;
  const bool is_mounted_;
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

// Whose files are here, from another blob: what is pushed is this one.
KERNEL_TEST(LayerFetcher, ABlobAloneMustBeTheLayersToo) {
  Bench bench;
  LayerSource wrong = bench.Source();
  wrong.diff_id = Digest::OfBytes("other");
  for (int i = 0; i < 2; ++i) {  // as it comes, and once it is here
    EXPECT_THAT(bench.fetcher().Fetch(Call(), wrong, bench.Sending(bench.packed()), nullptr),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("config says")));
  }
  LayerSource unlike = bench.Source();
  unlike.compression = Compression::kZstd;
  EXPECT_THAT(bench.fetcher().Fetch(Call(), unlike, bench.Sending(bench.packed()), nullptr),
              StatusIs(absl::StatusCode::kDataLoss));
  bench.fetcher().NoteVerified(wrong);
  EXPECT_THAT(bench.fetcher().Fetch(Call(), wrong, nullptr, nullptr), IsOk())
      << "what is known is not unpacked again";
  EXPECT_THAT(bench.fetcher().Fetch(Call(), unlike, nullptr, nullptr),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(bench.fetcher().Fetch(Call(), bench.Source(), nullptr, nullptr), IsOk());
  bench.fetcher().NoteVerified(wrong);
  EXPECT_THAT(bench.fetcher().Fetch(Call(), wrong, nullptr, nullptr),
              StatusIs(absl::StatusCode::kDataLoss))
      << "what was seen counts more than a record";
}

KERNEL_TEST(LayerFetcher, FetchesABlobAloneAgainThatTheDiskHasDamaged) {
  Bench bench;
  std::string damaged = bench.packed();
  damaged[damaged.size() / 2] ^= 1;
  const Digest digest = bench.Source().blob.digest;
  bench.space().Write("content/blobs/sha256/" + std::string(digest.hex()), damaged);
  EXPECT_THAT(bench.fetcher().Fetch(Call(), bench.Source(), bench.Sending(bench.packed()), nullptr),
              IsOk());
  EXPECT_EQ(bench.downloads(), 1);
  EXPECT_THAT(bench.content().Read(digest, 1 << 20), IsOk());
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

KERNEL_TEST(LayerFetcher, BelievesNoOtherSizeThanTheDescriptors) {
  Bench bench;
  LayerSource small = bench.Source();
  small.blob.size = 200;
  EXPECT_THAT(bench.Unpack(bench.Sending(bench.packed()), small).status(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("larger than the 200")));
  EXPECT_THAT(bench.fetcher().Fetch(Call(), small, bench.Sending(bench.packed()), nullptr),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(bench.content().Has(small.blob.digest));
  ASSERT_THAT(bench.fetcher().Fetch(Call(), bench.Source(), bench.Sending(bench.packed()), nullptr),
              IsOk());
  LayerSource large = bench.Source();
  large.blob.size = INT64_MAX;
  EXPECT_THAT(bench.fetcher().Fetch(Call(), large, nullptr, nullptr),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("of its descriptor")));
  EXPECT_THAT(bench.Unpack(nullptr, large).status(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("of its descriptor")));
  EXPECT_TRUE(bench.content().Has(large.blob.digest));  // which is no fault of the blob's
}

// What is packed a thousandfold keeps the unpacker busy long after the caller has gone.
KERNEL_TEST(LayerFetcher, StopsUnpackingWhenTheCallerGoes) {
  Bench bench;
  test::TarBuilder tar;
  for (int i = 0; i < 100'000; ++i) {
    tar.File(absl::StrCat("f", i), "");
  }
  const std::string bytes = tar.Finish();
  const std::string packed = test::Gzip(bytes);
  LayerSource source = bench.Source();
  source.blob = {Digest::OfBytes(packed), packed.size(), {}};
  source.diff_id = Digest::OfBytes(bytes);
  std::atomic<bool> gone = false;
  absl::Time left;
  const Call call(absl::InfiniteFuture(), [&] { return gone.load(); });
  auto sending = [&](const Call&, const BlobSource&, const BytesSink& sink) {
    gone = true;
    left = SteadyNow();
    return sink(packed);
  };
  EXPECT_THAT(bench.Unpack(sending, source, call).status(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(SteadyNow() - left, absl::Seconds(1));
}

KERNEL_TEST(LayerFetcher, LeavesHeadroom) {
  Bench bench("size=32m,nr_inodes=2000");
  auto source = [&bench](const std::string& bytes, const std::string& packed) {
    LayerSource layer = bench.Source();
    layer.blob = {Digest::OfBytes(packed), packed.size(), {}};
    layer.diff_id = Digest::OfBytes(bytes);
    return layer;
  };
  struct statvfs least = {};
  auto send = [&](const std::string& bytes) -> BlobFetcher {
    return [&, bytes](const Call&, const BlobSource&, const BytesSink& sink) {
      absl::Status status;
      for (size_t at = 0; status.ok() && at < bytes.size(); at += 1000) {
        status = sink(absl::string_view(bytes).substr(at, 1000));
      }
      least = bench.Disk();  // while all that was written is still there
      return status;
    };
  };
  const std::string zeros = test::TarBuilder().File("z", std::string(31 << 20, '\0')).Finish();
  const std::string bomb = test::Gzip(zeros);
  EXPECT_THAT(bench.Unpack(send(bomb), source(zeros, bomb)).status(),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("kept free")));
  EXPECT_GE(least.f_bavail * least.f_frsize, 3u << 20);
  EXPECT_LT(least.f_bavail * least.f_frsize, 6u << 20);

  const std::string blob(40 << 20, 'b');
  LayerSource plain = source(blob, blob);
  plain.compression = Compression::kNone;
  EXPECT_THAT(bench.fetcher().Fetch(Call(), plain, send(blob), nullptr),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("kept free")));
  EXPECT_GE(least.f_bavail * least.f_frsize, 2u << 20);

  test::TarBuilder many;
  for (int i = 0; i < 5000; ++i) {
    many.File(absl::StrCat("f", i), "");
  }
  const std::string files = many.Finish();
  const std::string packed = test::Gzip(files);
  EXPECT_THAT(bench.Unpack(send(packed), source(files, packed)).status(),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("inodes")));
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
