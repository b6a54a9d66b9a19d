// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_distribution.h"

#include "base/status.h"
#include "cri/engine_api/engine_error.h"
#include "cri/engine_api/images/registry_auth.h"

namespace berth::cri {
namespace {

constexpr int kUnauthorized = 401, kForbidden = 403;

}  // namespace

Json DistributionJson(const imageservice::RemoteImage& image) {
  Json platforms = Json::array();
  for (const imageservice::Platform& platform : image.platforms) {
    Json& told =
        platforms.emplace_back(Json{{"architecture", platform.architecture}, {"os", platform.os}});
    if (!platform.variant.empty()) {
      told["variant"] = platform.variant;
    }
    if (!platform.os_features.empty()) {
      told["os.features"] = platform.os_features;
    }
  }
  return {{"Descriptor",
           {{"mediaType", image.media_type}, {"digest", image.digest}, {"size", image.size}}},
          {"Platforms", platforms}};
}

absl::Status SendDistribution(Exchange& exchange, imageservice::ImageStore& images,
                              const std::string& name) {
  imageservice::PullRequest request;
  request.reference = name;
  request.credentials = ReadRegistryAuth(exchange.request().Header("x-registry-auth"));
  const absl::StatusOr<imageservice::RemoteImage> image = images.Describe(exchange.call(), request);
  if (absl::IsUnauthenticated(image.status()) || absl::IsPermissionDenied(image.status())) {
    SendError(exchange, absl::IsUnauthenticated(image.status()) ? kUnauthorized : kForbidden,
              image.status());
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(image.status());
  exchange.SendJson(DistributionJson(*image));
  return absl::OkStatus();
}

}  // namespace berth::cri
