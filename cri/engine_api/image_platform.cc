// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/image_platform.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "imageservice/image/platform.h"

namespace berth::cri {
namespace {

using imageservice::FormatPlatform;
using imageservice::Image;
using imageservice::Platform;

constexpr size_t kMaxPlatform = 4 << 10;  // bytes of a parameter

Platform PlatformOf(const Image& image) {
  return imageservice::Normalise(
      {.os = image.os, .architecture = image.architecture, .variant = image.variant});
}

absl::Status IsNotFor(const Platform& platform, const std::string& reference) {
  return absl::NotFoundError(absl::StrCat(
      "image with reference ", reference,
      " was found but does not provide the specified platform (", FormatPlatform(platform), ")"));
}

absl::StatusOr<Platform> ParsePlatformObject(const std::string& text) {
  const absl::StatusOr<Json> object = ParseJson(text, kMaxPlatform);
  if (!object.ok() || !object->is_object()) {
    return absl::InvalidArgumentError(absl::StrCat("failed to parse platform: ", text));
  }
  Platform platform = {.os = JsonString(*object, "os").value_or(""),
                       .architecture = JsonString(*object, "architecture").value_or(""),
                       .variant = JsonString(*object, "variant").value_or("")};
  if (platform.os.empty() || platform.architecture.empty()) {
    return absl::InvalidArgumentError("both OS and Architecture must be provided");
  }
  return imageservice::Normalise(std::move(platform));
}

}  // namespace

absl::Status CheckRunsOn(absl::string_view platform, const std::string& reference,
                         const Image& image) {
  if (platform.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Platform wanted, imageservice::ParsePlatform(platform));
  return imageservice::PlatformRank(wanted, PlatformOf(image)) >= 0 ? absl::OkStatus()
                                                                    : IsNotFor(wanted, reference);
}

absl::Status CheckIsOf(const EngineRequest& request, absl::string_view parameter,
                       const std::string& reference, const Image& image) {
  for (const std::string& text : request.QueryAll(parameter)) {
    if (text.empty()) {
      continue;
    }
    ASSIGN_OR_RETURN(const Platform wanted, ParsePlatformObject(text));
    if (FormatPlatform(wanted) != FormatPlatform(PlatformOf(image))) {
      return IsNotFor(wanted, reference);
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
