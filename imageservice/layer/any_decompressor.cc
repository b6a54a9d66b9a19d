// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/any_decompressor.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {

AnyDecompressor::AnyDecompressor(TarReader::Source packed, uint64_t max_bytes)
    : packed_(std::move(packed)), max_bytes_(max_bytes), archive_(archive_read_new()) {
  archive_read_support_filter_gzip(archive_);
  archive_read_support_filter_bzip2(archive_);
  archive_read_support_filter_xz(archive_);
  archive_read_support_filter_zstd(archive_);
  archive_read_support_format_raw(archive_);
  archive_read_support_format_empty(archive_);
}

AnyDecompressor::~AnyDecompressor() {
  archive_read_free(archive_);
}

ssize_t AnyDecompressor::Pull(archive* archive, void* self, const void** bytes) {
  auto* reader = static_cast<AnyDecompressor*>(self);
  const absl::StatusOr<absl::string_view> piece = reader->packed_();
  if (!piece.ok()) {
    reader->source_status_ = piece.status();
    archive_set_error(archive, EIO, "the source failed");
    return -1;
  }
  *bytes = piece->data();
  return static_cast<ssize_t>(piece->size());
}

absl::Status AnyDecompressor::Error() const {
  if (!source_status_.ok()) {
    return source_status_;
  }
  const char* text = archive_error_string(archive_);
  return absl::DataLossError(
      absl::StrCat("malformed packed stream: ", text == nullptr ? "cut short" : text));
}

absl::StatusOr<absl::string_view> AnyDecompressor::Next() {
  if (!std::exchange(open_, true)) {
    archive_entry* entry = nullptr;
    if (archive_read_open(archive_, this, nullptr, &AnyDecompressor::Pull, nullptr) != ARCHIVE_OK) {
      return Error();
    }
    const int outcome = archive_read_next_header(archive_, &entry);
    if (outcome == ARCHIVE_EOF) {
      return absl::string_view();
    }
    if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
      return Error();
    }
  }
  const void* bytes = nullptr;
  size_t size = 0;
  int64_t offset = 0;
  const int outcome = archive_read_data_block(archive_, &bytes, &size, &offset);
  if (outcome == ARCHIVE_EOF) {
    return absl::string_view();
  }
  if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
    return Error();
  }
  bytes_ += size;
  if (bytes_ > max_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the stream unpacks to more than ", max_bytes_, " bytes"));
  }
  return absl::string_view(static_cast<const char*>(bytes), size);
}

bool LooksLikeTar(absl::string_view beginning) {
  constexpr size_t kChecksum = 148;
  constexpr size_t kChecksumSize = 8;
  if (beginning.size() < kTarBlock || beginning[0] == '\0') {
    return false;
  }
  uint32_t sum = 0;
  uint32_t said = 0;
  for (size_t i = 0; i < kTarBlock; ++i) {
    const bool in_field = i >= kChecksum && i < kChecksum + kChecksumSize;
    sum += in_field ? uint32_t{' '} : static_cast<unsigned char>(beginning[i]);
    if (in_field && beginning[i] >= '0' && beginning[i] <= '7') {
      said = said * 8 + static_cast<uint32_t>(beginning[i] - '0');
    }
  }
  return sum == said;
}

bool LooksLikeArchive(absl::string_view beginning) {
  constexpr absl::string_view kXz(
      "\xfd"
      "7zXZ");
  constexpr absl::string_view kMagics[] = {"\x1f\x8b", "BZh", kXz, "\x28\xb5\x2f\xfd"};
  return LooksLikeTar(beginning) || absl::c_any_of(kMagics, [&](absl::string_view magic) {
           return absl::StartsWith(beginning, magic);
         });
}

}  // namespace berth::imageservice
