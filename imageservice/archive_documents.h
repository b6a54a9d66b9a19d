// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/archive_intake.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image/platform.h"
#include "imageservice/image_resolver.h"

namespace berth::imageservice {

inline constexpr size_t kMaxArchiveImages = 1024;
inline constexpr size_t kMaxArchiveNames = 4096;  // of one image

struct ArchivedImage {
  ResolvedImage image;
  std::vector<std::string> names;  // normalised, with a tag
};

// The images that an archive's documents name, whose blobs the store has: those of the OCI layout,
// for the platform, with the names that Docker's list of the same images has; without a layout,
// those of Docker's list. An index without the platform is passed over, unless all are. DataLoss
// for an archive that has neither, and for documents that do not fit each other.
absl::StatusOr<std::vector<ArchivedImage>> ReadArchivedImages(const Call& call,
                                                              const ContentStore& content,
                                                              const ArchiveFiles& files,
                                                              const Platform& platform);

}  // namespace berth::imageservice
