// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/registry_auth.h"

#include <string>

#include "absl/strings/escaping.h"

#include "base/json.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxAuth = 64 << 10;  // tokens are long

}  // namespace

imageservice::Credentials ReadRegistryAuth(absl::string_view header) {
  imageservice::Credentials credentials;
  std::string text;
  if (header.size() > kMaxAuth || !absl::WebSafeBase64Unescape(header, &text)) {
    return credentials;
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxAuth);
  if (!json.ok()) {
    return credentials;
  }
  const auto field = [&](absl::string_view key) { return JsonString(*json, key).value_or(""); };
  credentials.username = field("username");
  credentials.password = Secret(field("password"));
  credentials.auth = Secret(field("auth"));
  credentials.server_address = field("serveraddress");
  credentials.identity_token = Secret(field("identitytoken"));
  credentials.registry_token = Secret(field("registrytoken"));
  return credentials;
}

}  // namespace berth::cri
