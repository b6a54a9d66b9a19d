// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/layer/tar_reader.h"

struct archive;

namespace berth::imageservice {

// Unpacks a stream whatever it is packed with: gzip, bzip2, xz, zstd or nothing (by libarchive).
// For what users hand over; a layer says how it is packed and is held to it (Decompressor). For one
// thread.
class AnyDecompressor {
 public:
  // More than `max_bytes` unpacked is ResourceExhausted.
  AnyDecompressor(TarReader::Source packed, uint64_t max_bytes);
  ~AnyDecompressor();
  AnyDecompressor(const AnyDecompressor&) = delete;
  AnyDecompressor& operator=(const AnyDecompressor&) = delete;

  // The next unpacked bytes, valid until the next call; empty at the end. DataLoss for what is
  // malformed, or the source's error.
  absl::StatusOr<absl::string_view> Next();

 private:
  static ssize_t Pull(archive* archive, void* self, const void** bytes);
  absl::Status Error() const;

  TarReader::Source packed_;
  const uint64_t max_bytes_;
  archive* archive_;
  bool open_ = false;
  uint64_t bytes_ = 0;
  absl::Status source_status_;
};

// Whether these, kTarBlock of them if there are so many, are the first bytes of a tar archive that
// is not packed, of an old one too.
bool LooksLikeTar(absl::string_view beginning);
// Or of a stream that AnyDecompressor unpacks, whatever is in it.
bool LooksLikeArchive(absl::string_view beginning);

}  // namespace berth::imageservice
