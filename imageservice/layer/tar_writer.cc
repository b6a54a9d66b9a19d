// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/tar_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/archive_locale.h"

namespace berth::imageservice {
namespace {

constexpr size_t kPiece = 1 << 20;

using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

mode_t FileType(TarMember::Type type) {
  switch (type) {
    case TarMember::Type::kDirectory:
      return S_IFDIR;
    case TarMember::Type::kSymlink:
      return S_IFLNK;
    case TarMember::Type::kCharacter:
      return S_IFCHR;
    case TarMember::Type::kBlock:
      return S_IFBLK;
    case TarMember::Type::kFifo:
      return S_IFIFO;
    default:
      return S_IFREG;
  }
}

void Describe(const TarMember& member, archive_entry* entry) {
  archive_entry_set_pathname(entry, member.path.c_str());
  archive_entry_set_filetype(entry, FileType(member.type));
  archive_entry_set_perm(entry, member.mode);
  archive_entry_set_uid(entry, member.uid);
  archive_entry_set_gid(entry, member.gid);
  archive_entry_set_mtime(entry, member.mtime.tv_sec, member.mtime.tv_nsec);
  const bool has_content = member.type == TarMember::Type::kFile;
  archive_entry_set_size(entry, has_content ? static_cast<int64_t>(member.size) : 0);
  if (member.type == TarMember::Type::kHardLink) {
    archive_entry_set_hardlink(entry, member.target.c_str());
  } else if (member.type == TarMember::Type::kSymlink) {
    archive_entry_set_symlink(entry, member.target.c_str());
  }
  archive_entry_set_rdevmajor(entry, major(member.device));
  archive_entry_set_rdevminor(entry, minor(member.device));
  for (const TarXattr& xattr : member.xattrs) {
    archive_entry_xattr_add_entry(entry, xattr.name.c_str(), xattr.value.data(),
                                  xattr.value.size());
  }
}

}  // namespace

TarWriter::TarWriter(Sink sink)
    : sink_(std::move(sink)),
      archive_(archive_write_new()),
      locale_(newlocale(LC_ALL_MASK, "C", nullptr)) {
  archive_write_set_format_pax_restricted(archive_);
  // Names are bytes of any kind: those that are not ASCII are marked so, and only those, for GNU
  // tar warns of each mark. Xattrs are written once, as others read them.
  archive_write_set_options(archive_, "xattrheader=SCHILY");
  archive_write_set_bytes_in_last_block(archive_, 1);
}

TarWriter::~TarWriter() {
  if (state_ == State::kOpen) {
    sink_status_.Update(absl::CancelledError("left unfinished"));
    archive_write_fail(archive_);   // or it fills an unfinished member with zeros, up to its size
    archive_write_close(archive_);  // or what it writes with is never freed
  }
  archive_write_free(archive_);
  freelocale(locale_);
}

ssize_t TarWriter::Push(archive*, void* self, const void* bytes, size_t size) {
  auto* writer = static_cast<TarWriter*>(self);
  if (writer->sink_status_.ok()) {
    writer->sink_status_ = writer->sink_(absl::string_view(static_cast<const char*>(bytes), size));
  }
  return static_cast<ssize_t>(size);
}

absl::Status TarWriter::Outcome(int outcome) const {
  if (!sink_status_.ok() || outcome == ARCHIVE_OK || outcome == ARCHIVE_WARN) {
    return sink_status_;
  }
  const char* text = archive_error_string(archive_);
  return absl::InternalError(absl::StrCat("write tar archive: ", text == nullptr ? "" : text));
}

absl::Status TarWriter::Open() {
  if (state_ != State::kNew) {
    return absl::OkStatus();
  }
  state_ = State::kOpen;
  return Outcome(archive_write_open(archive_, this, nullptr, &TarWriter::Push, nullptr));
}

absl::Status TarWriter::Add(const TarMember& member) {
  WithLocale with_locale(locale_);
  RETURN_IF_ERROR(Open());
  Entry entry(archive_entry_new(), &archive_entry_free);
  Describe(member, entry.get());
  return Annotate(Outcome(archive_write_header(archive_, entry.get())), member.path);
}

absl::Status TarWriter::Write(absl::string_view bytes) {
  const ssize_t written = archive_write_data(archive_, bytes.data(), bytes.size());
  return Outcome(written < 0 ? static_cast<int>(written) : ARCHIVE_OK);
}

absl::Status TarWriter::Finish() {
  RETURN_IF_ERROR(Open());
  state_ = State::kClosed;
  return Outcome(archive_write_close(archive_));
}

absl::Status AddFile(TarWriter& writer, TarMember member, int file,
                     const std::function<absl::Status(absl::string_view)>& on_piece) {
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(file), member.path));
  member.size = static_cast<uint64_t>(info.st_size);
  RETURN_IF_ERROR(writer.Add(member));
  std::string buffer(kPiece, '\0');
  for (uint64_t left = member.size; left > 0;) {
    ASSIGN_OR_RETURN(const size_t size, ToStatusOr(sys::ReadFull(file, buffer), member.path));
    const auto piece = absl::string_view(buffer).substr(0, std::min<uint64_t>(size, left));
    if (piece.empty()) {
      return absl::AbortedError(absl::StrCat(member.path, " has become shorter meanwhile"));
    }
    RETURN_IF_ERROR(on_piece(piece));
    RETURN_IF_ERROR(writer.Write(piece));
    left -= piece.size();
  }
  return absl::OkStatus();
}

TarWriter::Sink DescriptorSink(int fd) {
  return [fd](absl::string_view bytes) {
    return ToStatus(sys::WriteAll(fd, bytes.data(), bytes.size()), "write archive");
  };
}

}  // namespace berth::imageservice
