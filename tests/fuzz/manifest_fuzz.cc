// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "imageservice/image/config.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image/platform.h"
#include "imageservice/registry/docker_config.h"
#include "tests/fuzz/require.h"

// The documents of an image: no bytes are an index and a manifest at once, and what is accepted is
// within the limits.
namespace berth::imageservice {
namespace {

bool TryManifest(absl::string_view text) {
  absl::StatusOr<ImageManifest> manifest =
      ParseManifest("application/vnd.oci.image.manifest.v1+json", text);
  if (!manifest.ok()) {
    return false;
  }
  Require(manifest->layers.size() <= kMaxLayers && manifest->config.size <= kMaxConfigSize);
  for (const Descriptor& layer : manifest->layers) {
    Require(LayerCompression(layer.media_type).has_value());
  }
  return true;
}

bool TryIndex(absl::string_view text) {
  absl::StatusOr<ImageIndex> index = ParseIndex("application/vnd.oci.image.index.v1+json", text);
  if (!index.ok()) {
    return false;
  }
  for (const char* wanted : {"linux/amd64", "linux/arm64", "linux/arm/v6"}) {
    (void)ChoosePlatform(*index, *ParsePlatform(wanted)).ok();
  }
  return !index->manifests.empty();
}

}  // namespace
}  // namespace berth::imageservice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_manifest = TryManifest(text);
  berth::Require(!TryIndex(text) || !is_manifest);
  (void)ParseConfig(text).ok();
  (void)ParseDockerConfig(text, "config.json").ok();
  return 0;
}
