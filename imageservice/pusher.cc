// SPDX-License-Identifier: Apache-2.0
#include "imageservice/pusher.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/log.h"
#include "base/status.h"
#include "base/thread_pool.h"

namespace berth::imageservice {
namespace {

constexpr size_t kParallel = 5;  // blobs of one push, as Docker's

bool HasBlob(const ImageRecord& record, const Digest& digest) {
  return absl::c_any_of(record.blobs,
                        [&](const BlobRecord& blob) { return blob.digest == digest; });
}

}  // namespace

absl::StatusOr<SentImage> Pusher::Push(const Call& call, const PushRequest& request) {
  ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(request.reference));
  if (reference.digest().has_value()) {
    return absl::InvalidArgumentError("cannot push a digest reference");
  }
  ASSIGN_OR_RETURN(const Image image, parts_.images.Find(reference.tagged_name()));
  ASSIGN_OR_RETURN(const ImageRecord record, parts_.images.Record(image.id));
  const std::optional<Digest> target = TargetOf(record, reference.tagged_name());
  if (!target.has_value()) {
    return absl::NotFoundError(absl::StrCat("no image ", request.reference));
  }
  ASSIGN_OR_RETURN(ImageContents contents, ContentsOf(call, parts_.content, record, target));
  const Lease lease = parts_.leases.Protect(DigestsIn(contents));
  ASSIGN_OR_RETURN(contents,
                   ContentsOf(call, parts_.content, record, target));  // all is here still
  ASSIGN_OR_RETURN(const std::unique_ptr<RegistryUploader> uploader,
                   uploaders_(options_, reference, request.credentials));
  RETURN_IF_ERROR(SendBlobs(call, *uploader, reference, contents.blobs, request));
  const Document& top = contents.documents.back();
  for (const Document& document : contents.documents) {
    const std::string as = document.digest == top.digest ? reference.tag() : document.digest.str();
    RETURN_IF_ERROR(uploader->PutManifest(call, as, document.media_type, document.bytes));
  }
  LogInfo("image pushed", {{"image", reference.str()}, {"digest", top.digest.str()}});
  return SentImage{image.id, {top.digest.str(), top.bytes.size()}};
}

absl::Status Pusher::SendBlobs(const Call& call, RegistryUploader& uploader,
                               const ImageReference& reference,
                               const std::vector<Descriptor>& blobs, const PushRequest& request) {
  if (blobs.empty()) {
    return absl::OkStatus();
  }
  std::atomic<bool> stopped = false;
  const Call job(call.deadline(), [&] { return stopped || call.cancelled(); });
  absl::Mutex mutex;
  absl::Status failure;
  {
    ThreadPool pool("push", static_cast<int>(std::min(blobs.size(), kParallel)),
                    ThreadPool::Life::kJob);
    for (const Descriptor& blob : blobs) {
      pool.Schedule([&] {
        absl::Status status = job.Check();
        if (status.ok()) {
          const std::string from = OtherRepositoryWith(reference, blob.digest);
          status = SendBlob(job, uploader, blob, from, request);
        }
        absl::MutexLock lock(&mutex);
        if (!status.ok() && failure.ok()) {
          failure = status;
          stopped = true;
        }
      });
    }
  }
  return failure;
}

absl::Status Pusher::SendBlob(const Call& call, RegistryUploader& uploader, const Descriptor& blob,
                              const std::string& mount_from, const PushRequest& request) {
  const bool is_layer = LayerCompression(blob.media_type).has_value();
  const auto tell = [&](PushProgress::Stage stage, uint64_t current) {
    if (is_layer && request.progress != nullptr) {
      request.progress({blob.digest.str(), stage, current, blob.size, mount_from});
    }
  };
  tell(PushProgress::Stage::kWaiting, 0);
  ASSIGN_OR_RETURN(const sys::Fd file, parts_.content.Open(blob.digest));
  ASSIGN_OR_RETURN(const BlobOutcome outcome,
                   uploader.PutBlob(call, {.digest = blob.digest,
                                           .size = blob.size,
                                           .file = file.get(),
                                           .mount_from = mount_from,
                                           .sent = [&](uint64_t bytes) {
                                             tell(PushProgress::Stage::kSending, bytes);
                                           }}));
  switch (outcome) {
    case BlobOutcome::kExisted:
      tell(PushProgress::Stage::kExisted, blob.size);
      break;
    case BlobOutcome::kMounted:
      tell(PushProgress::Stage::kMounted, blob.size);
      break;
    case BlobOutcome::kSent:
      tell(PushProgress::Stage::kSent, blob.size);
      break;
  }
  return absl::OkStatus();
}

// Where the registry may have the blob already: another name of an image with it says so.
std::string Pusher::OtherRepositoryWith(const ImageReference& reference, const Digest& blob) const {
  for (const Image& image : parts_.images.List()) {
    const absl::StatusOr<ImageRecord> record = parts_.images.Record(image.id);
    if (!record.ok() || !HasBlob(*record, blob)) {
      continue;
    }
    for (const NameRecord& name : record->names) {
      const absl::StatusOr<ImageReference> other = ImageReference::Parse(name.name);
      if (other.ok() && other->host() == reference.host() && other->path() != reference.path()) {
        return other->path();
      }
    }
  }
  return "";
}

}  // namespace berth::imageservice
