// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/digest.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image_author.h"
#include "imageservice/lease_table.h"

namespace berth::imageservice {

inline constexpr size_t kMaxArchiveMembers = 65536;
inline constexpr int kMaxArchiveLinks = 8;  // followed in a row

// The files of an archive of images, each a blob by now; leased for as long as this is there.
class ArchiveFiles {
 public:
  struct File {
    Digest digest;
    uint64_t size = 0;
  };

  // By a path as a document of the archive has it; links inside the archive are followed. NotFound.
  absl::StatusOr<File> Find(const std::string& path) const;
  bool Has(const std::string& path) const { return Find(path).ok(); }

 private:
  friend class ArchiveIntake;

  std::map<std::string, File> files_;
  std::map<std::string, std::string> links_;
  std::vector<Lease> leases_;
};

// Reads the archive, plain or packed (PackedSource), to its end. DataLoss for what is none, has
// a name twice, leads out of itself, holds devices, or has more than kMaxArchiveMembers.
absl::StatusOr<ArchiveFiles> TakeArchive(const Call& call, ContentStore& content,
                                         LeaseTable& leases, const ArchiveSource& source);

}  // namespace berth::imageservice
