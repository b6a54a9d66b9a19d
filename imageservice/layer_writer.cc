// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_writer.h"

#include "base/status.h"

namespace berth::imageservice {

absl::StatusOr<std::unique_ptr<LayerWriter>> LayerWriter::New(ContentStore& content,
                                                              Compression compression) {
  ASSIGN_OR_RETURN(std::unique_ptr<BlobIngest> ingest, content.NewIngest());
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  return std::unique_ptr<LayerWriter>(new LayerWriter(std::move(ingest), compression));
}

LayerWriter::LayerWriter(std::unique_ptr<BlobIngest> ingest, Compression compression)
    : ingest_(std::move(ingest)),
      compressor_(Compressor::New(
          compression, [this](absl::string_view packed) { return ingest_->Write(packed); })) {}

absl::Status LayerWriter::Write(absl::string_view tar) {
  diff_id_.Update(tar);
  return compressor_->Write(tar);
}

absl::StatusOr<LayerWriter::Outcome> LayerWriter::Finish() {
  RETURN_IF_ERROR(compressor_->Finish());
  return Outcome{ingest_->Seal(), ingest_->size(), diff_id_.Finish()};
}

absl::Status LayerWriter::Commit() {
  return ingest_->Commit(ingest_->Seal());
}

}  // namespace berth::imageservice
