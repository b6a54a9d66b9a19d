// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "imageservice/content/content_store.h"
#include "imageservice/image_catalog.h"
#include "imageservice/image_contents.h"
#include "imageservice/image_store.h"
#include "imageservice/lease_table.h"
#include "imageservice/registry/registry_uploader.h"

namespace berth::imageservice {

using UploaderFactory = std::function<absl::StatusOr<std::unique_ptr<RegistryUploader>>(
    const RegistryOptions&, const ImageReference&, const Credentials&)>;

// What was pushed, and of which image: its name may be another's by now.
struct SentImage {
  std::string image_id;
  PushedImage pushed;
};

// Pushes images: blobs side by side, then what names them. Thread-safe.
class Pusher {
 public:
  struct Parts {  // outlive it
    const ContentStore& content;
    const ImageCatalog& images;
    LeaseTable& leases;
  };

  Pusher(RegistryOptions options, UploaderFactory uploaders, Parts parts)
      : options_(std::move(options)), uploaders_(std::move(uploaders)), parts_(parts) {}

  absl::StatusOr<SentImage> Push(const Call& call, const PushRequest& request);

 private:
  absl::Status SendBlobs(const Call& call, RegistryUploader& uploader,
                         const ImageReference& reference, const std::vector<Descriptor>& blobs,
                         const PushRequest& request);
  absl::Status SendBlob(const Call& call, RegistryUploader& uploader, const Descriptor& blob,
                        const std::string& mount_from, const PushRequest& request);
  std::string OtherRepositoryWith(const ImageReference& reference, const Digest& blob) const;

  const RegistryOptions options_;
  const UploaderFactory uploaders_;
  const Parts parts_;
};

}  // namespace berth::imageservice
