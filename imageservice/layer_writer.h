// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image/compression.h"
#include "imageservice/layer/compressor.h"

namespace berth::imageservice {

// Makes a blob of a layer's archive while it is being written. Destroying it before Commit leaves
// nothing. For one thread.
class LayerWriter {
 public:
  struct Outcome {
    Digest blob;
    uint64_t size = 0;  // of the blob
    Digest diff_id;
  };

  static absl::StatusOr<std::unique_ptr<LayerWriter>> New(ContentStore& content,
                                                          Compression compression);

  absl::Status Write(absl::string_view tar);
  // After the last bytes.
  absl::StatusOr<Outcome> Finish();
  // After Finish, when the blob is leased: publishes it.
  absl::Status Commit();

 private:
  LayerWriter(std::unique_ptr<BlobIngest> ingest, Compression compression);

  std::unique_ptr<BlobIngest> ingest_;
  Sha256 diff_id_;
  std::unique_ptr<Compressor> compressor_;
};

}  // namespace berth::imageservice
