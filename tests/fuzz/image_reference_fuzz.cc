// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "base/path.h"
#include "imageservice/image/platform.h"
#include "imageservice/image/reference.h"
#include "imageservice/registry/url.h"
#include "tests/fuzz/require.h"

// What is accepted reads the same when written and read again, and its parts are safe in a URL and
// in a path.
namespace berth::imageservice {
namespace {

void TryReference(absl::string_view text) {
  absl::StatusOr<ImageReference> reference = ImageReference::Parse(text);
  if (!reference.ok()) {
    return;
  }
  absl::StatusOr<ImageReference> again = ImageReference::Parse(reference->str());
  Require(again.ok() && again->str() == reference->str());
  Require(!HasDotDot(reference->repository()) && !reference->tag_or_digest().empty());
  Require(reference->host().find('/') == std::string::npos);
}

void TryPlatform(absl::string_view text) {
  absl::StatusOr<Platform> platform = ParsePlatform(text);
  if (platform.ok()) {
    Require(ParsePlatform(FormatPlatform(*platform)).ok());
    Require(PlatformRank(*platform, *platform) >= 0);
  }
}

void TryUrl(absl::string_view text) {
  absl::StatusOr<Url> url = Url::Parse(text);
  if (url.ok()) {
    absl::StatusOr<Url> again = Url::Parse(url->str());
    Require(again.ok() && IsSameOrigin(*url, *again));
  }
  (void)Url::Parse("https://host:5000/v2/a")->Resolve(text).ok();
}

}  // namespace
}  // namespace berth::imageservice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  TryReference(text);
  TryPlatform(text);
  TryUrl(text);
  return 0;
}
