// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "imageservice/image/compression.h"
#include "imageservice/layer/byte_sink.h"

namespace berth::imageservice {

// Unpacks one stream piece by piece. Content that is packed otherwise than said is DataLoss: media
// type and bytes must agree. Not thread-safe.
class Decompressor {
 public:
  static std::unique_ptr<Decompressor> New(Compression compression);
  virtual ~Decompressor() = default;

  // Unpacks all of `input` into `sink`. DataLoss when it is malformed, or the sink's error.
  virtual absl::Status Feed(absl::string_view input, ByteSink& sink) = 0;

  // To be called after the last input. DataLoss when the stream is cut short.
  virtual absl::Status Finish() = 0;
};

}  // namespace berth::imageservice
