// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/image/compression.h"
#include "imageservice/layer/any_decompressor.h"
#include "imageservice/layer/byte_sink.h"
#include "imageservice/layer/decompressor.h"

namespace berth::imageservice {

// How a stream is packed, by its first bytes.
Compression CompressionOf(absl::string_view start);

// A stream read as what is in it, packed (gzip, zstd, bzip2, xz) or not: found out by its first
// piece. For one thread.
class PackedSource {
 public:
  // The next bytes, valid until it is called again; empty at the end.
  using Source = std::function<absl::StatusOr<absl::string_view>()>;

  explicit PackedSource(Source source);

  // As Source. DataLoss when what is packed is malformed.
  absl::StatusOr<absl::string_view> Next();

 private:
  // Takes what is unpacked.
  class Unpacked : public ByteSink {
   public:
    std::span<char> Space() override;
    absl::Status Advance(size_t size) override;
    std::string bytes;

   private:
    std::string space_;
  };

  void Begin();
  absl::Status Feed();

  const Source source_;
  std::unique_ptr<Decompressor> decompressor_;
  std::unique_ptr<AnyDecompressor> slower_;  // of what Decompressor does not know
  absl::string_view packed_;                 // of the source's last piece, what has not been fed
  Unpacked unpacked_;
  bool is_packed_ = false;
  bool ended_ = false;
};

}  // namespace berth::imageservice
