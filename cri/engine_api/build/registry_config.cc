// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/registry_config.h"

#include <utility>

#include "absl/strings/escaping.h"

#include "base/json.h"
#include "cri/engine_api/images/registry_auth.h"
#include "cri/engine_head.h"
#include "imageservice/image/reference.h"
#include "imageservice/registry/docker_config.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxConfig = kMaxEngineHead;

}  // namespace

std::function<imageservice::Credentials(const std::string& reference)> ReadRegistryConfig(
    absl::string_view header) {
  imageservice::DockerConfig config;
  std::string text;
  if (header.size() <= kMaxConfig && absl::WebSafeBase64Unescape(header, &text)) {
    const absl::StatusOr<Json> json = ParseJson(text, kMaxConfig);
    if (json.ok() && json->is_object()) {
      for (const auto& [key, value] : json->items()) {
        imageservice::Credentials credentials = CredentialsOf(value);
        if (!imageservice::IsAnonymous(credentials)) {
          config.auths[imageservice::RegistryOfKey(key)] = std::move(credentials);
        }
      }
    }
  }
  return [config = std::move(config)](const std::string& name) {
    const absl::StatusOr<imageservice::ImageReference> reference =
        imageservice::ImageReference::Parse(name);
    return reference.ok()
               ? imageservice::FindAuth(config, *reference).value_or(imageservice::Credentials())
               : imageservice::Credentials();
  };
}

}  // namespace berth::cri
