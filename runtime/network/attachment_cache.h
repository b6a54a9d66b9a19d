// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/network/attachment.h"

namespace berth::runtime {

inline constexpr size_t kMaxCachedAttachment = 4 << 20;

// Attachments on disk, one a file `results/<network>-<pod>-<interface>` below the directory, in
// libcni's format (cniCacheV1), so that its tools read it. Files are replaced by rename and never
// synced: after a crash of the daemon each is whole; after power loss one may be empty, and its
// name still tells whose it was. Thread-safe for different pods.
class AttachmentCache {
 public:
  // Removes what a killed daemon has left half written: no other may use the directory.
  explicit AttachmentCache(absl::string_view directory);

  // Makes or replaces the attachment's file. Directories are made with mode 0700.
  absl::Status Store(const Attachment& attachment) const;

  // Absence is success.
  absl::Status Remove(const Attachment& attachment) const;

  // Those of one pod, or all when `pod_id` is empty, by the number of their interface. One whose
  // file cannot be understood has only the fields that its name gives. What is no attachment is
  // skipped.
  absl::StatusOr<std::vector<Attachment>> Find(absl::string_view pod_id) const;

 private:
  std::string directory_;  // with "results"
};

// The file's text. Pure.
std::string FormatCachedAttachment(const Attachment& attachment);

// InvalidArgument when the text is not of that format.
absl::StatusOr<Attachment> ParseCachedAttachment(absl::string_view text);

}  // namespace berth::runtime
