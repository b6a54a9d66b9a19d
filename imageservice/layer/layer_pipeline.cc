// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/layer_pipeline.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/thread.h"

namespace berth::imageservice {
namespace {

constexpr size_t kBufferSize = 256 << 10;
constexpr size_t kBuffers = 6;

}  // namespace

absl::Status CheckExpansion(uint64_t packed, uint64_t unpacked) {
  if (unpacked > kMaxFreeExpansion && unpacked / kMaxExpansion > packed) {
    return absl::DataLossError(
        absl::StrCat("the layer unpacks to more than ", kMaxExpansion, " times its size"));
  }
  return absl::OkStatus();
}

LayerPipeline::LayerPipeline(Compression compression, LayerExtractor& extractor, uint64_t max_bytes,
                             LayerExtractor::MayGoOn may_go_on)
    : max_bytes_(max_bytes),
      decompressor_(Decompressor::New(compression)),
      extractor_(extractor),
      may_go_on_(std::move(may_go_on)),
      queue_(kBufferSize, kBuffers) {
  absl::StatusOr<std::thread> thread = StartThread("unpack", [this] { Run(); });
  if (thread.ok()) {
    thread_ = *std::move(thread);
  } else {
    status_ = thread.status();
    queue_.CloseReading(status_);
  }
}

LayerPipeline::~LayerPipeline() {
  if (thread_.joinable()) {
    queue_.CloseWriting(absl::CancelledError("unpacking was abandoned"));
    thread_.join();
  }
}

absl::Status LayerPipeline::Write(absl::string_view packed) {
  packed_bytes_ += packed.size();
  return decompressor_->Feed(packed, queue_);
}

absl::StatusOr<LayerPipeline::Outcome> LayerPipeline::Finish() {
  queue_.CloseWriting(decompressor_->Finish());
  if (thread_.joinable()) {
    thread_.join();
  }
  RETURN_IF_ERROR(status_);
  return Outcome{hash_.Finish(), bytes_, needs_parents_};
}

void LayerPipeline::Run() {
  status_ = Unpack();
  if (!status_.ok()) {
    queue_.CloseReading(status_);
  }
}

absl::Status LayerPipeline::Unpack() {
  absl::Status extracted = extractor_.Extract([this] { return NextPiece(); }, may_go_on_);
  needs_parents_ = absl::IsAborted(extracted);
  if (!extracted.ok() && !needs_parents_) {
    return extracted;
  }
  // The rest counts for the digest: padding, or everything when the directory must wait.
  while (true) {
    ASSIGN_OR_RETURN(absl::string_view piece, NextPiece());
    if (piece.empty()) {
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<absl::string_view> LayerPipeline::NextPiece() {
  ASSIGN_OR_RETURN(absl::string_view piece, queue_.Next());
  RETURN_IF_ERROR(may_go_on_());
  hash_.Update(piece);
  bytes_ += piece.size();
  if (bytes_ > max_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the layer unpacks to more than the ", max_bytes_, " bytes that are free"));
  }
  RETURN_IF_ERROR(CheckExpansion(packed_bytes_, bytes_));
  return piece;
}

}  // namespace berth::imageservice
