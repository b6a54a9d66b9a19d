// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/registry_config.h"

#include <map>
#include <utility>

#include "absl/strings/escaping.h"

#include "base/json.h"
#include "cri/engine_api/images/registry_auth.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxConfig = 256 << 10;
constexpr char kDockerHub[] = "https://index.docker.io/v1/";

}  // namespace

std::function<imageservice::Credentials(const std::string& reference)> ReadRegistryConfig(
    absl::string_view header) {
  std::map<std::string, imageservice::Credentials> by_host;
  std::string text;
  if (header.size() <= kMaxConfig && absl::WebSafeBase64Unescape(header, &text)) {
    const absl::StatusOr<Json> json = ParseJson(text, kMaxConfig);
    if (json.ok() && json->is_object()) {
      for (const auto& [host, value] : json->items()) {
        by_host[host] = ReadRegistryAuth(absl::WebSafeBase64Escape(FormatJson(value)));
      }
    }
  }
  return [by_host = std::move(by_host)](const std::string& name) {
    const absl::StatusOr<imageservice::ImageReference> reference =
        imageservice::ImageReference::Parse(name);
    const std::string host = reference.ok() ? reference->host() : "";
    auto found = by_host.find(host == "docker.io" ? kDockerHub : host);
    return found == by_host.end() ? imageservice::Credentials() : found->second;
  };
}

}  // namespace berth::cri
