// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_fetcher.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/content/headroom.h"
#include "imageservice/layer/byte_sink.h"
#include "imageservice/layer/decompressor.h"
#include "imageservice/layer/layer_pipeline.h"

namespace berth::imageservice {
namespace {

constexpr size_t kReadSize = 256 << 10;

absl::Status IgnoreBytes(absl::string_view /*bytes*/) {
  return absl::OkStatus();
}

absl::Status CheckDiffId(const Digest& unpacked, const LayerSource& layer) {
  return unpacked == layer.diff_id
             ? absl::OkStatus()
             : absl::DataLossError(absl::StrCat("unpacks to ", unpacked.str(),
                                                ", the image's config says ", layer.diff_id.str()));
}

}  // namespace

void LayerFetcher::NoteVerified(const LayerSource& layer) {
  absl::MutexLock lock(&mutex_);
  Remember(layer, /*replaces=*/false);
}

void LayerFetcher::NoteUnpacked(const LayerSource& layer) {
  absl::MutexLock lock(&mutex_);
  Remember(layer, /*replaces=*/true);
}

void LayerFetcher::Remember(const LayerSource& layer, bool replaces) {
  if (diff_ids_.size() >= kMaxVerifiedBlobs) {
    diff_ids_.clear();  // what is needed is found out again
  }
  const auto [place, is_new] =
      diff_ids_.try_emplace(std::pair(layer.blob.digest, layer.compression), layer.diff_id);
  if (!is_new && replaces) {
    place->second = layer.diff_id;
  }
}

bool LayerFetcher::IsVerified(const LayerSource& layer) const {
  if (layer.is_attachment ||
      (layer.compression == Compression::kNone && layer.blob.digest == layer.diff_id)) {
    return true;
  }
  absl::MutexLock lock(&mutex_);
  const auto found = diff_ids_.find(std::pair(layer.blob.digest, layer.compression));
  return found != diff_ids_.end() && found->second == layer.diff_id;
}

absl::Status LayerFetcher::Verify(const Call& call, const LayerSource& layer,
                                  const BlobFetcher& fetcher, const ProgressReport& progress) {
  uint64_t packed = 0;
  uint64_t unpacked = 0;
  Sha256 hash;
  PieceSink sink([&](absl::string_view bytes) -> absl::Status {
    unpacked += bytes.size();
    hash.Update(bytes);
    RETURN_IF_ERROR(call.Check());
    return CheckExpansion(packed, unpacked);
  });
  const std::unique_ptr<Decompressor> decompressor = Decompressor::New(layer.compression);
  RETURN_IF_ERROR(Transfer(call, layer, fetcher, progress, [&](absl::string_view bytes) {
    packed += bytes.size();
    return decompressor->Feed(bytes, sink);
  }));
  RETURN_IF_ERROR(decompressor->Finish());
  RETURN_IF_ERROR(CheckDiffId(hash.Finish(), layer));
  NoteUnpacked(layer);
  return absl::OkStatus();
}

absl::Status LayerFetcher::Fetch(const Call& call, const LayerSource& layer,
                                 const BlobFetcher& fetcher, const ProgressReport& progress) {
  if (!IsVerified(layer)) {
    return Retry(layer, [&] { return Verify(call, layer, fetcher, progress); });
  }
  ASSIGN_OR_RETURN(KeyedHolds::Hold hold, blobs_.Acquire(call, layer.blob.digest.str()));
  ASSIGN_OR_RETURN(bool is_here, HasBlob(call, layer));
  return is_here ? absl::OkStatus() : Download(call, layer, fetcher, progress, IgnoreBytes);
}

absl::Status LayerFetcher::Retry(const LayerSource& layer,
                                 absl::FunctionRef<absl::Status()> attempt) {
  const bool had_blob = content_.Has(layer.blob.digest);
  absl::Status outcome = attempt();
  if (had_blob && absl::IsDataLoss(outcome) && !content_.Has(layer.blob.digest)) {
    outcome = attempt();
  }
  return Annotate(outcome, absl::StrCat("layer ", layer.blob.digest.str()));
}

absl::StatusOr<bool> LayerFetcher::HasBlob(const Call& call, const LayerSource& layer) {
  if (!content_.Has(layer.blob.digest)) {
    return false;
  }
  ASSIGN_OR_RETURN(sys::Fd file, content_.Open(layer.blob.digest));
  ASSIGN_OR_RETURN(struct stat info, ToStatusOr(sys::Stat(file.get()), "stat blob"));
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (size == layer.blob.size) {
    return true;
  }
  absl::Status whole = ReadLocal(call, layer, IgnoreBytes);
  if (whole.ok()) {
    return absl::DataLossError(absl::StrCat("its blob has ", size, " bytes, not the ",
                                            layer.blob.size, " of its descriptor"));
  }
  if (absl::IsDataLoss(whole)) {
    return false;  // the disk had damaged it, so it was removed
  }
  return whole;
}

absl::StatusOr<UnpackedLayer> LayerFetcher::FetchAndUnpack(const Call& call,
                                                           const LayerSource& layer,
                                                           const BlobFetcher& fetcher,
                                                           const ProgressReport& progress,
                                                           std::unique_ptr<MergedView> parents) {
  UnpackedLayer unpacked;
  RETURN_IF_ERROR(Retry(layer, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(unpacked, Attempt(call, layer, fetcher, progress, parents));
    return absl::OkStatus();
  }));
  unpacked.parents = std::move(parents);
  return unpacked;
}

absl::StatusOr<UnpackedLayer> LayerFetcher::Attempt(const Call& call, const LayerSource& layer,
                                                    const BlobFetcher& fetcher,
                                                    const ProgressReport& progress,
                                                    std::unique_ptr<MergedView>& parents) {
  absl::Time start = SteadyNow();
  UnpackedLayer unpacked;
  ASSIGN_OR_RETURN(unpacked.draft, snapshotter_.NewDraft());
  ASSIGN_OR_RETURN(sys::Fd directory, unpacked.draft->OpenDirectory());
  ASSIGN_OR_RETURN(sys::Fd disk, unpacked.draft->OpenDirectory());
  ASSIGN_OR_RETURN(sys::Space space, ToStatusOr(sys::SpaceOf(disk.get()), "free space"));
  ASSIGN_OR_RETURN(LayerExtractor extractor,
                   LayerExtractor::New(std::move(directory), parents.get()));
  unpacked.extractor = std::make_unique<LayerExtractor>(std::move(extractor));

  // An abandoned call must not wait for what a small layer can unpack to, and layers that are
  // unpacked side by side share what is free.
  auto may_go_on = [&call, disk = disk.get()]() -> absl::Status {
    RETURN_IF_ERROR(call.Check());
    return CheckHeadroom(disk);
  };
  LayerPipeline pipeline(layer.compression, *unpacked.extractor, space.free_bytes, may_go_on);
  RETURN_IF_ERROR(Transfer(call, layer, fetcher, progress,
                           [&pipeline](absl::string_view bytes) { return pipeline.Write(bytes); }));
  ASSIGN_OR_RETURN(LayerPipeline::Outcome outcome, pipeline.Finish());
  RETURN_IF_ERROR(CheckDiffId(outcome.diff_id, layer));
  NoteUnpacked(layer);
  unpacked.needs_parents = outcome.needs_parents;
  metrics_.unpack_seconds.Observe(absl::ToDoubleSeconds(SteadyNow() - start));
  metrics_.unpacked_bytes.Increment(static_cast<double>(outcome.bytes));
  return unpacked;
}

absl::Status LayerFetcher::Transfer(const Call& call, const LayerSource& layer,
                                    const BlobFetcher& fetcher, const ProgressReport& progress,
                                    const BytesSink& sink) {
  {
    ASSIGN_OR_RETURN(KeyedHolds::Hold hold, blobs_.Acquire(call, layer.blob.digest.str()));
    ASSIGN_OR_RETURN(bool is_here, HasBlob(call, layer));
    if (!is_here) {
      return Download(call, layer, fetcher, progress, sink);
    }
  }
  return ReadLocal(call, layer, sink);
}

absl::Status LayerFetcher::ReadLocal(const Call& call, const LayerSource& layer,
                                     const BytesSink& sink) {
  ASSIGN_OR_RETURN(sys::Fd file, content_.Open(layer.blob.digest));
  std::string buffer(kReadSize, '\0');
  Sha256 hash;
  absl::Status consumed;
  while (consumed.ok()) {
    RETURN_IF_ERROR(call.Check());
    ASSIGN_OR_RETURN(size_t size, ToStatusOr(sys::ReadFull(file.get(), buffer), "read blob"));
    if (size == 0) {
      break;
    }
    absl::string_view bytes = absl::string_view(buffer).substr(0, size);
    hash.Update(bytes);
    consumed = sink(bytes);
  }
  if (!consumed.ok() && !absl::IsDataLoss(consumed)) {
    return consumed;
  }
  // A blob that the disk has damaged shows either in its digest or, earlier, in what it unpacks to.
  ASSIGN_OR_RETURN(size_t rest, ToStatusOr(sys::ReadFull(file.get(), buffer), "read blob"));
  while (rest > 0) {
    hash.Update(absl::string_view(buffer).substr(0, rest));
    ASSIGN_OR_RETURN(rest, ToStatusOr(sys::ReadFull(file.get(), buffer), "read blob"));
  }
  if (hash.Finish() != layer.blob.digest) {
    LogError("a blob is damaged on disk and goes", {{"digest", layer.blob.digest.str()}});
    RETURN_IF_ERROR(content_.Remove(layer.blob.digest));
    return absl::DataLossError("its blob was damaged on disk");
  }
  return consumed;
}

absl::Status LayerFetcher::Download(const Call& call, const LayerSource& layer,
                                    const BlobFetcher& fetcher, const ProgressReport& progress,
                                    const BytesSink& sink) {
  if (fetcher == nullptr) {
    return absl::DataLossError("its blob is gone; the image must be pulled again");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<BlobIngest> ingest, content_.NewIngest());
  PullProgress state{layer.blob.digest.str(), 0, layer.blob.size};
  auto take = [&](absl::string_view bytes) -> absl::Status {
    if (bytes.size() > layer.blob.size - ingest->size()) {
      return absl::DataLossError(absl::StrCat("its blob is larger than the ", layer.blob.size,
                                              " bytes of its descriptor"));
    }
    RETURN_IF_ERROR(ingest->Write(bytes));
    RETURN_IF_ERROR(sink(bytes));
    metrics_.pulled_bytes.Increment(static_cast<double>(bytes.size()));
    state.current = ingest->size();
    if (progress != nullptr) {
      progress(state);
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(fetcher(call, layer.blob, take));
  return ingest->Commit(layer.blob.digest);
}

}  // namespace berth::imageservice
