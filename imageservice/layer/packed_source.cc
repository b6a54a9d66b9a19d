// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/packed_source.h"

#include <limits>
#include <utility>

#include "absl/strings/match.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

constexpr size_t kFed = 4 << 10;  // at a time: it may unpack to a thousand times as much
constexpr size_t kSpace = 64 << 10;

}  // namespace

Compression CompressionOf(absl::string_view start) {
  if (absl::StartsWith(start, "\x1f\x8b")) {
    return Compression::kGzip;
  }
  return absl::StartsWith(start, "\x28\xb5\x2f\xfd") ? Compression::kZstd : Compression::kNone;
}

PackedSource::PackedSource(Source source) : source_(std::move(source)) {}

std::span<char> PackedSource::Unpacked::Space() {
  space_.resize(kSpace);
  return space_;
}

absl::Status PackedSource::Unpacked::Advance(size_t size) {
  bytes.append(space_.data(), size);
  return absl::OkStatus();
}

void PackedSource::Begin() {
  const Compression compression = CompressionOf(packed_);
  is_packed_ = compression != Compression::kNone;
  decompressor_ = Decompressor::New(compression);
  if (!is_packed_ && LooksLikeArchive(packed_) && !LooksLikeTar(packed_)) {
    slower_ = std::make_unique<AnyDecompressor>(
        [this]() -> absl::StatusOr<absl::string_view> {
          return packed_.empty() ? source_() : std::exchange(packed_, absl::string_view());
        },
        std::numeric_limits<uint64_t>::max());
  }
}

absl::StatusOr<absl::string_view> PackedSource::Next() {
  if (slower_ != nullptr) {
    return slower_->Next();
  }
  unpacked_.bytes.clear();
  while (!ended_ && unpacked_.bytes.empty()) {
    if (packed_.empty()) {
      ASSIGN_OR_RETURN(packed_, source_());
      ended_ = packed_.empty();
      if (decompressor_ == nullptr) {
        Begin();
      }
    }
    if (slower_ != nullptr) {
      return slower_->Next();
    }
    if (!is_packed_) {
      return std::exchange(packed_, absl::string_view());
    }
    RETURN_IF_ERROR(Feed());
  }
  return absl::string_view(unpacked_.bytes);
}

absl::Status PackedSource::Feed() {
  if (ended_) {
    return decompressor_->Finish();
  }
  const absl::string_view fed = packed_.substr(0, kFed);
  packed_.remove_prefix(fed.size());
  return decompressor_->Feed(fed, unpacked_);
}

}  // namespace berth::imageservice
