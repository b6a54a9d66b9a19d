// SPDX-License-Identifier: Apache-2.0
#include "imageservice/remote_image.h"

#include <string>

#include "base/status.h"
#include "imageservice/image/config.h"
#include "imageservice/image/manifest.h"

namespace berth::imageservice {
namespace {

absl::StatusOr<ImageConfig> FetchConfig(const Call& call, RegistryClient& registry,
                                        const Descriptor& config) {
  if (config.size > kMaxConfigSize) {
    return absl::InvalidArgumentError("the configuration is too large");
  }
  std::string bytes;
  RETURN_IF_ERROR(registry.FetchBlob(call,
                                     {.digest = config.digest, .size = config.size, .urls = {}},
                                     [&](absl::string_view part) {
                                       bytes.append(part.data(), part.size());
                                       return absl::OkStatus();
                                     }));
  if (Digest::OfBytes(bytes) != config.digest) {
    return absl::DataLossError("the configuration is not what its digest says");
  }
  return ParseConfig(bytes);
}

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
    ASSIGN_OR_RETURN(const ImageIndex index, ParseIndex(top.media_type, top.bytes));
    image.platforms = PlatformsOf(index);
    return image;
  }
  const absl::StatusOr<ImageManifest> manifest = ParseManifest(top.media_type, top.bytes);
  if (!manifest.ok()) {
    return image;
  }
  ASSIGN_OR_RETURN(const ImageConfig config, FetchConfig(call, registry, manifest->config));
  if (!config.os.empty()) {
    image.platforms.push_back({config.os, config.architecture, config.variant, {}});
  }
  return image;
}

}  // namespace berth::imageservice
