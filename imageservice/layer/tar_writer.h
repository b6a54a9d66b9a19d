// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "imageservice/layer/tar_reader.h"

struct archive;

namespace berth::imageservice {

// Writes a tar stream (ustar, with pax records where a member needs them; by libarchive), the
// counterpart of TarReader. After an error it is of no use. For one thread.
class TarWriter {
 public:
  // Takes the next bytes of the archive.
  using Sink = std::function<absl::Status(absl::string_view)>;

  explicit TarWriter(Sink sink);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // Begins a member. Of a file, `size` bytes of content follow by Write.
  absl::Status Add(const TarMember& member);
  absl::Status Write(absl::string_view bytes);
  // Writes the end of the archive.
  absl::Status Finish();

 private:
  static ssize_t Push(archive* archive, void* self, const void* bytes, size_t size);
  absl::Status Open();
  absl::Status Outcome(int outcome) const;

  Sink sink_;
  archive* archive_;
  locale_t locale_;
  enum class State { kNew, kOpen, kClosed } state_ = State::kNew;
  absl::Status sink_status_;  // after an error, what the library writes is dropped
};

// Adds the regular `file` from where it stands, under the name and attributes of `member`, whose
// size becomes the file's. `on_piece` is told of each piece before it is written; its error ends
// the work.
absl::Status AddFile(TarWriter& writer, TarMember member, int file,
                     const std::function<absl::Status(absl::string_view)>& on_piece);

// Writes all of it to a descriptor.
TarWriter::Sink DescriptorSink(int fd);
}  // namespace berth::imageservice
