// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/file_content.h"

#include <sys/stat.h>

#include <optional>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"

namespace berth::imageservice {

mode_t NodeType(TarMember::Type type) {
  if (type == TarMember::Type::kCharacter) {
    return S_IFCHR;
  }
  return type == TarMember::Type::kBlock ? S_IFBLK : S_IFIFO;
}

absl::StatusOr<uint64_t> WriteContent(int file, const TarMember& member, TarReader& reader) {
  uint64_t end = 0;
  uint64_t written = 0;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<TarPiece> piece, reader.Read());
    if (!piece.has_value()) {
      break;
    }
    if (piece->offset + piece->bytes.size() > member.size) {
      return absl::DataLossError(absl::StrCat(member.path, ": more content than its size"));
    }
    RETURN_IF_ERROR(ToStatus(sys::WriteAllAt(file, piece->bytes.data(), piece->bytes.size(),
                                             static_cast<off_t>(piece->offset)),
                             member.path));
    end = piece->offset + piece->bytes.size();
    written += piece->bytes.size();
  }
  if (end < member.size) {
    RETURN_IF_ERROR(ToStatus(sys::Truncate(file, static_cast<off_t>(member.size)), member.path));
  }
  return written;
}

}  // namespace berth::imageservice
