// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/sysmacros.h>

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/layer/archive_locale.h"

namespace berth::imageservice {
namespace {

std::optional<TarMember::Type> TypeOf(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) {
    return TarMember::Type::kHardLink;
  }
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return TarMember::Type::kFile;
    case AE_IFDIR:
      return TarMember::Type::kDirectory;
    case AE_IFLNK:
      return TarMember::Type::kSymlink;
    case AE_IFCHR:
      return TarMember::Type::kCharacter;
    case AE_IFBLK:
      return TarMember::Type::kBlock;
    case AE_IFIFO:
      return TarMember::Type::kFifo;
    default:
      return std::nullopt;
  }
}

bool IsId(int64_t id) {
  return id >= 0 && id < std::numeric_limits<uint32_t>::max();  // the last one means "no change"
}

std::string TextOrEmpty(const char* text) {
  return text == nullptr ? std::string() : text;
}

}  // namespace

TarReader::TarReader(Source source)
    : source_(std::move(source)),
      archive_(archive_read_new()),
      locale_(newlocale(LC_ALL_MASK, "C", nullptr)) {
  archive_read_support_format_tar(archive_);
  archive_read_support_format_empty(archive_);
}

TarReader::~TarReader() {
  archive_read_free(archive_);
  freelocale(locale_);
}

ssize_t TarReader::Pull(archive* archive, void* self, const void** bytes) {
  auto* reader = static_cast<TarReader*>(self);
  absl::StatusOr<absl::string_view> piece = reader->source_();
  if (!piece.ok()) {
    reader->source_status_ = piece.status();
    archive_set_error(archive, EIO, "the source failed");
    return -1;
  }
  if (reader->in_header_) {
    reader->header_bytes_ += piece->size();
    if (reader->header_bytes_ > 2 * kMaxTarHeaderBytes) {  // the source's pieces may be large
      reader->source_status_ = absl::DataLossError("a member's header is too long");
      archive_set_error(archive, EINVAL, "a member's header is too long");
      return -1;
    }
  }
  reader->source_ended_ = piece->empty();
  *bytes = piece->data();
  return static_cast<ssize_t>(piece->size());
}

absl::Status TarReader::Error() const {
  if (!source_status_.ok()) {
    return source_status_;
  }
  const char* text = archive_error_string(archive_);
  return absl::DataLossError(
      absl::StrCat("malformed tar archive: ", text == nullptr ? "cut short" : text));
}

absl::StatusOr<const TarMember*> TarReader::Next() {
  WithLocale with_locale(locale_);
  if (ended_) {
    return nullptr;
  }
  if (open_ && archive_read_data_skip(archive_) < ARCHIVE_WARN) {
    return Error();
  }
  in_header_ = true;
  header_bytes_ = 0;
  piece_end_ = 0;
  if (!std::exchange(open_, true) &&
      archive_read_open(archive_, this, nullptr, &TarReader::Pull, nullptr) != ARCHIVE_OK) {
    return Error();
  }
  archive_entry* entry = nullptr;
  int outcome = archive_read_next_header(archive_, &entry);
  in_header_ = false;
  if (outcome == ARCHIVE_EOF) {
    return nullptr;
  }
  if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
    return Error();
  }
  RETURN_IF_ERROR(Fill(entry));
  return &member_;
}

absl::Status TarReader::Fill(archive_entry* entry) {
  member_ = TarMember();
  member_.path = TextOrEmpty(archive_entry_pathname(entry));
  std::optional<TarMember::Type> type = TypeOf(entry);
  if (!type.has_value()) {
    return absl::DataLossError(absl::StrCat(member_.path, ": a member of unknown type"));
  }
  member_.type = *type;
  member_.target = TextOrEmpty(*type == TarMember::Type::kHardLink ? archive_entry_hardlink(entry)
                                                                   : archive_entry_symlink(entry));
  if (member_.path.size() > kMaxTarPath || member_.target.size() > kMaxTarPath) {
    return absl::DataLossError("a member's name is too long");
  }
  if (!IsId(archive_entry_uid(entry)) || !IsId(archive_entry_gid(entry))) {
    return absl::DataLossError(absl::StrCat(member_.path, ": the owner is out of range"));
  }
  member_.uid = static_cast<uid_t>(archive_entry_uid(entry));
  member_.gid = static_cast<gid_t>(archive_entry_gid(entry));
  member_.mode = archive_entry_perm(entry) & 07777;
  member_.mtime = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
  int64_t size = archive_entry_size(entry);
  if (size < 0 || static_cast<uint64_t>(size) > kMaxFileSize ||
      archive_entry_sparse_count(entry) > kMaxSparseEntries) {
    return absl::DataLossError(absl::StrCat(member_.path, ": the size is out of range"));
  }
  member_.size = static_cast<uint64_t>(size);
  member_.device = makedev(static_cast<unsigned>(archive_entry_rdevmajor(entry)),
                           static_cast<unsigned>(archive_entry_rdevminor(entry)));
  return FillXattrs(entry);
}

absl::Status TarReader::FillXattrs(archive_entry* entry) {
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    if (size > kMaxXattrSize || member_.xattrs.size() == kMaxXattrs) {
      return absl::DataLossError(absl::StrCat(member_.path, ": too many or too large xattrs"));
    }
    member_.xattrs.push_back({name, std::string(static_cast<const char*>(value), size)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<TarPiece>> TarReader::Read() {
  const void* bytes = nullptr;
  size_t size = 0;
  int64_t offset = 0;
  int outcome = archive_read_data_block(archive_, &bytes, &size, &offset);
  if (outcome == ARCHIVE_EOF) {
    return std::nullopt;
  }
  if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
    // All is there but the zeros up to the next block, which umoci for one does not write.
    ended_ = source_ended_ && source_status_.ok() && piece_end_ > 0 && piece_end_ == member_.size;
    return ended_ ? absl::StatusOr<std::optional<TarPiece>>(std::nullopt) : Error();
  }
  const auto start = static_cast<uint64_t>(offset);
  if (start < piece_end_) {
    return absl::DataLossError(absl::StrCat(member_.path, ": pieces of a sparse file overlap"));
  }
  piece_end_ = start + size;
  return TarPiece{absl::string_view(static_cast<const char*>(bytes), size), start};
}

}  // namespace berth::imageservice
