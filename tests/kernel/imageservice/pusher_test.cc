// SPDX-License-Identifier: Apache-2.0
#include "imageservice/pusher.h"

#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What a registry has been given. Thread-safe.
class Received {
 public:
  // Called before each blob; its error is the registry's.
  std::function<absl::Status(const Call& call, const BlobUpload& blob)> before_blob;

  absl::StatusOr<BlobOutcome> Put(const Call& call, const BlobUpload& blob) {
    if (before_blob != nullptr) {
      RETURN_IF_ERROR(before_blob(call, blob));
    }
    blob.sent(blob.size);
    absl::MutexLock lock(&mutex_);
    blobs_[blob.digest.str()] = blob.mount_from;
    return blob.mount_from.empty() ? BlobOutcome::kSent : BlobOutcome::kMounted;
  }
  void PutManifest(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    names_.emplace_back(name);
    blobs_at_manifest_ = blobs_.size();
  }

  std::map<std::string, std::string> blobs() {  // and where it was said that it may be
    absl::MutexLock lock(&mutex_);
    return blobs_;
  }
  std::vector<std::string> names() {
    absl::MutexLock lock(&mutex_);
    return names_;
  }
  size_t blobs_at_manifest() {
    absl::MutexLock lock(&mutex_);
    return blobs_at_manifest_;
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, std::string> blobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_);
  size_t blobs_at_manifest_ ABSL_GUARDED_BY(mutex_) = 0;
};

class Uploader : public RegistryUploader {
 public:
  explicit Uploader(Received& received) : received_(received) {}
  absl::StatusOr<BlobOutcome> PutBlob(const Call& call, const BlobUpload& blob) override {
    return received_.Put(call, blob);
  }
  absl::Status PutManifest(const Call&, absl::string_view name, absl::string_view,
                           absl::string_view) override {
    received_.PutManifest(name);
    return absl::OkStatus();
  }

 private:
  Received& received_;
};

class PushUnderTest {
 public:
  PushUnderTest() {
    library_.Add("library/app:1", TwoLayers());
    library_.Add("library/other:1", TwoLayers("other"));
    store_.emplace(library_);
    store_->uploaders = [this](const RegistryOptions&, const ImageReference&, const Credentials&) {
      return std::make_unique<Uploader>(received);
    };
    store_->Open();
    EXPECT_THAT(store_->Pull("app:1"), IsOk());
  }

  absl::StatusOr<PushedImage> Push(const std::string& name) {
    PushRequest request;
    request.reference = name;
    request.progress = [this](const PushProgress& progress) {
      absl::MutexLock lock(&mutex_);
      stages_[progress.layer].push_back(progress.stage);
    };
    return store()->Push(Call(), request);
  }
  Store& store() { return *store_; }
  std::map<std::string, std::vector<PushProgress::Stage>> stages() {
    absl::MutexLock lock(&mutex_);
    return stages_;
  }

  Received received;

 private:
  ImageLibrary library_;
  std::optional<Store> store_;
  absl::Mutex mutex_;
  std::map<std::string, std::vector<PushProgress::Stage>> stages_;
};

KERNEL_TEST(Pusher, SendsBlobsAndThenWhatNamesThem) {
  PushUnderTest push;
  ASSERT_THAT(push.store()->Tag("app:1", "registry.test/mine:2"), IsOk());
  ASSERT_THAT(push.Push("registry.test/mine:2"), IsOk());
  EXPECT_THAT(push.received.blobs(), SizeIs(3));  // two layers and the config
  EXPECT_EQ(push.received.blobs_at_manifest(), 3u);
  EXPECT_THAT(push.received.names(), ElementsAre("2"));
  EXPECT_THAT(push.stages(), SizeIs(2));  // of the layers
  for (const auto& [id, stages] : push.stages()) {
    EXPECT_THAT(stages, ElementsAre(PushProgress::Stage::kWaiting, PushProgress::Stage::kSending,
                                    PushProgress::Stage::kSent))
        << id;
  }
}

KERNEL_TEST(Pusher, SaysWhereTheRegistryMayHaveABlob) {
  PushUnderTest push;
  ASSERT_THAT(push.store()->Tag("app:1", "registry.test/first:1"), IsOk());
  ASSERT_THAT(push.store()->Tag("app:1", "registry.test/second:1"), IsOk());
  ASSERT_THAT(push.Push("registry.test/second:1"), IsOk());
  for (const auto& [digest, from] : push.received.blobs()) {
    EXPECT_EQ(from, "first") << digest;
  }
}

KERNEL_TEST(Pusher, WhatWasPushedIsTheNamedImagesThoughTheNameHasMovedMeanwhile) {
  PushUnderTest push;
  ASSERT_OK_AND_ASSIGN(const Image app, push.store()->Find("app:1"));
  ASSERT_OK_AND_ASSIGN(const Image other, push.store().Pull("other:1"));
  ASSERT_THAT(push.store()->Tag("app:1", "registry.test/mine:2"), IsOk());
  push.received.before_blob = [&](const Call&, const BlobUpload&) {
    return push.store()->Tag("other:1", "registry.test/mine:2");
  };
  ASSERT_OK_AND_ASSIGN(const PushedImage pushed, push.Push("registry.test/mine:2"));
  ASSERT_OK_AND_ASSIGN(const Image tagged, push.store()->Find("registry.test/mine:2"));
  EXPECT_EQ(tagged.id, other.id);
  ASSERT_OK_AND_ASSIGN(const Image found,
                       push.store()->Find("registry.test/mine@" + pushed.digest));
  EXPECT_EQ(found.id, app.id);
}

KERNEL_TEST(Pusher, TheFirstFailureEndsAllAndNothingIsNamed) {
  PushUnderTest push;
  push.received.before_blob = [](const Call&, const BlobUpload&) {
    return absl::PermissionDeniedError("denied");
  };
  EXPECT_THAT(push.Push("app:1"), StatusIs(absl::StatusCode::kPermissionDenied, "denied"));
  EXPECT_THAT(push.received.names(), IsEmpty());
}

KERNEL_TEST(Pusher, RefusesWhatIsNoNameOfAnImage) {
  PushUnderTest push;
  EXPECT_THAT(push.Push("none:1"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(push.Push("app@" + Digest::OfBytes("x").str()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("digest reference")));
}

}  // namespace
}  // namespace berth::imageservice
