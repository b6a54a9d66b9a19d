// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/archive_intake.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image/platform.h"
#include "imageservice/image_recorder.h"
#include "imageservice/image_store.h"
#include "imageservice/layer_installer.h"
#include "imageservice/lease_table.h"

namespace berth::imageservice {

// Takes images from archives (ImageStore::Load): the blobs come first, whatever they are; then
// images are made of them as of pulled ones. Thread-safe.
class ImageLoader {
 public:
  struct Parts {  // outlive it
    ContentStore& content;
    LayerInstaller& installer;
    ImageRecorder& recorder;
    LeaseTable& leases;
  };

  ImageLoader(Parts parts, std::string platform) : parts_(parts), platform_(std::move(platform)) {}

  absl::StatusOr<std::vector<LoadedImage>> Load(const Call& call, const ArchiveSource& source);

 private:
  absl::StatusOr<std::vector<LoadedImage>> Run(const Call& call, const ArchiveSource& source);
  absl::Status Install(const Call& call, const ResolvedImage& image,
                       const std::vector<std::string>& names);

  const Parts parts_;
  const std::string platform_;
};

}  // namespace berth::imageservice
