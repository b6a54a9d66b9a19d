// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_recorder.h"

#include "base/status.h"

namespace berth::imageservice {

ImageRecord RecordWithoutNames(const ResolvedImage& image) {
  ImageRecord record{.id = image.id.str(), .names = {}, .blobs = {}};
  for (const Document& document : image.documents) {
    record.blobs.push_back({document.digest, document.bytes.size(), document.media_type});
  }
  for (const LayerSource& layer : image.layers) {
    record.blobs.push_back({layer.blob.digest, layer.blob.size, layer.media_type});
  }
  return record;
}

absl::Status ImageRecorder::Record(const ImageRecord& record,
                                   const std::vector<Document>& documents,
                                   const ImageConfig& config) {
  for (const Document& document : documents) {
    if (!content_.Has(document.digest)) {
      RETURN_IF_ERROR(WriteBlob(content_, document.digest, document.bytes));
    }
  }
  std::vector<Digest> blobs;
  for (const BlobRecord& blob : record.blobs) {
    blobs.push_back(blob.digest);
  }
  RETURN_IF_ERROR(content_.MakeDurable(blobs));
  RETURN_IF_ERROR(records_.Put(record));
  images_.Put(record, config);  // from here on it exists
  return absl::OkStatus();
}

}  // namespace berth::imageservice
