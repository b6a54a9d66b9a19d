// SPDX-License-Identifier: Apache-2.0
#include "imageservice/remote_image.h"

#include <string>

#include "base/status.h"
#include "imageservice/image/config.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image_resolver.h"

namespace berth::imageservice {
namespace {

std::vector<Platform> PlatformsOf(const ImageIndex& index) {
  std::vector<Platform> platforms;
  for (const Descriptor& manifest : index.manifests) {
    if (manifest.platform.has_value()) {
      platforms.push_back(*manifest.platform);
    }
  }
  return platforms;
}

}  // namespace

absl::StatusOr<RemoteImage> DescribeRemote(const Call& call, RegistryClient& registry,
                                           absl::string_view tag_or_digest) {
  ASSIGN_OR_RETURN(const Manifest top, registry.FetchManifest(call, tag_or_digest));
  RemoteImage image = {top.media_type, top.digest.str(), top.bytes.size(), {}};
  if (IsIndexType(top.media_type)) {
    ASSIGN_OR_RETURN(const ImageIndex index,
                     Checked(ParseIndex(top.media_type, top.bytes), top.digest));
    image.platforms = PlatformsOf(index);
    return image;
  }
  const absl::StatusOr<ImageManifest> manifest = ParseManifest(top.media_type, top.bytes);
  if (!manifest.ok()) {
    return image;
  }
  ASSIGN_OR_RETURN(const std::string bytes, FetchConfig(call, registry, manifest->config));
  ASSIGN_OR_RETURN(const ImageConfig config, Checked(ParseConfig(bytes), manifest->config.digest));
  if (!config.os.empty()) {
    image.platforms.push_back({config.os, config.architecture, config.variant, {}});
  }
  return image;
}

}  // namespace berth::imageservice
