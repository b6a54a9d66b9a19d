// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct archive;
struct archive_entry;

namespace berth::imageservice {

inline constexpr size_t kTarBlock = 512;               // bytes; contents are padded to it
inline constexpr size_t kMaxTarHeaderBytes = 2 << 20;  // of one member, with its pax records
inline constexpr size_t kMaxTarPath = 4095;
inline constexpr int kMaxSparseEntries = 64 << 10;
inline constexpr size_t kMaxXattrs = 64;           // of one member
inline constexpr size_t kMaxXattrSize = 64 << 10;  // Linux's own limit
inline constexpr uint64_t kMaxFileSize = uint64_t{1} << 40;

struct TarXattr {
  std::string name;
  std::string value;
};

// One member. Names and values are as archived, bytes of any kind; numbers are in range.
struct TarMember {
  enum class Type { kFile, kDirectory, kSymlink, kHardLink, kCharacter, kBlock, kFifo };

  std::string path;
  Type type = Type::kFile;
  mode_t mode = 0;  // permissions with setuid, setgid and sticky
  uid_t uid = 0;
  gid_t gid = 0;
  timespec mtime = {0, 0};
  uint64_t size = 0;   // of a file, holes included
  std::string target;  // of a symlink or hard link
  dev_t device = 0;
  std::vector<TarXattr> xattrs;
};

struct TarPiece {
  absl::string_view bytes;  // valid until the next call of the reader
  uint64_t offset = 0;      // in the file; pieces ascend, what they leave out is holes
};

// Reads ustar, pax and GNU tar streams, sparse files included (by libarchive), within the limits
// above; the end marker may be missing, and the padding before it, as Go's library takes them.
// Malformed archives are DataLoss. For one thread.
class TarReader {
 public:
  // The next bytes of the archive, valid until it is called again; empty at the end.
  using Source = std::function<absl::StatusOr<absl::string_view>()>;

  explicit TarReader(Source source);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // Goes on to the next member, over what was not read of the current one. Null at the end of the
  // archive; else valid until the next call. The source's own error is returned as it is.
  absl::StatusOr<const TarMember*> Next();

  // The next piece of the current member's content, in order; nullopt at its end.
  absl::StatusOr<std::optional<TarPiece>> Read();

 private:
  static ssize_t Pull(archive* archive, void* self, const void** bytes);
  absl::Status Error() const;
  absl::Status Fill(archive_entry* entry);
  absl::Status FillXattrs(archive_entry* entry);

  Source source_;
  archive* archive_;
  locale_t locale_;
  bool open_ = false;
  bool source_ended_ = false;
  bool ended_ = false;  // before the padding of the last member's content
  bool in_header_ = false;
  size_t header_bytes_ = 0;
  uint64_t piece_end_ = 0;  // of the last one, in the member's content
  absl::Status source_status_;
  TarMember member_;
};

}  // namespace berth::imageservice
