// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image_catalog.h"
#include "imageservice/lease_table.h"

namespace berth::imageservice {

// Writes images as archives (ImageStore::Save). Thread-safe.
class ImageSaver {
 public:
  using Sink = std::function<absl::Status(absl::string_view)>;

  ImageSaver(const ContentStore& content, const ImageCatalog& images, LeaseTable& leases)
      : content_(content), images_(images), leases_(leases) {}

  absl::Status Save(const Call& call, const std::vector<std::string>& names,
                    const Sink& sink) const;

 private:
  const ContentStore& content_;
  const ImageCatalog& images_;
  LeaseTable& leases_;
};

}  // namespace berth::imageservice
