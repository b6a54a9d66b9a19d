// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"
#include "imageservice/image/compression.h"
#include "imageservice/layer/byte_queue.h"
#include "imageservice/layer/decompressor.h"
#include "imageservice/layer/layer_extractor.h"

namespace berth::imageservice {

// A layer may not unpack to more than this many times its packed size; the first gigabyte is free.
inline constexpr uint64_t kMaxExpansion = 2000;
inline constexpr uint64_t kMaxFreeExpansion = uint64_t{1} << 30;

// DataLoss beyond that, of so many bytes that came and so many that came out.
absl::Status CheckExpansion(uint64_t packed, uint64_t unpacked);

// Unpacks one layer while it arrives, on two threads: the caller's inflates, one of the pipeline's
// own hashes what comes out and extracts it. Destroying it before Finish abandons the work.
class LayerPipeline {
 public:
  struct Outcome {
    Digest diff_id;      // of the whole unpacked stream, what follows the archive's end included
    uint64_t bytes = 0;  // of that stream
    bool needs_parents = false;  // the directory is of no use: unpack once more, with the parents
  };

  // `extractor` is used until Finish has returned or the pipeline is gone. More than `max_bytes`
  // unpacked is ResourceExhausted, as is a node without a thread for it. `may_go_on` is asked on
  // the extracting thread, at each member and each piece of what comes out; its error ends all.
  LayerPipeline(
      Compression compression, LayerExtractor& extractor, uint64_t max_bytes,
      LayerExtractor::MayGoOn may_go_on = [] { return absl::OkStatus(); });
  ~LayerPipeline();
  LayerPipeline(const LayerPipeline&) = delete;
  LayerPipeline& operator=(const LayerPipeline&) = delete;

  // Takes the next packed bytes. An error is final, also one from the extracting thread.
  absl::Status Write(absl::string_view packed);

  // After the last bytes: waits for the extraction.
  absl::StatusOr<Outcome> Finish();

 private:
  void Run();
  absl::Status Unpack();
  absl::StatusOr<absl::string_view> NextPiece();

  const uint64_t max_bytes_;
  std::unique_ptr<Decompressor> decompressor_;
  LayerExtractor& extractor_;
  const LayerExtractor::MayGoOn may_go_on_;
  ByteQueue queue_;
  std::atomic<uint64_t> packed_bytes_ = 0;

  // Of the extracting thread until it is joined.
  Sha256 hash_;
  uint64_t bytes_ = 0;
  bool needs_parents_ = false;
  absl::Status status_;

  std::thread thread_;
};

}  // namespace berth::imageservice
