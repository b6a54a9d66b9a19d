// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "imageservice/image/compression.h"

namespace berth::imageservice {

// Packs one stream, the counterpart of Decompressor. The same bytes give the same packed bytes, in
// whatever pieces they come and however many processors there are. Gzip is packed by blocks, side
// by side, each a member of its own. For one thread, as the sink is; after an error of no use.
class Compressor {
 public:
  // Takes the next packed bytes; its error is the compressor's.
  using Sink = std::function<absl::Status(absl::string_view)>;

  static std::unique_ptr<Compressor> New(Compression compression, Sink sink);
  virtual ~Compressor() = default;

  virtual absl::Status Write(absl::string_view bytes) = 0;
  // After the last bytes.
  virtual absl::Status Finish() = 0;
};

}  // namespace berth::imageservice
