// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/registry_auth.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"

#include "base/status.h"
#include "cri/engine_api/engine_error.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxAuth = 64 << 10;  // tokens are long
constexpr int kUnauthorized = 401;

}  // namespace

imageservice::Credentials ReadRegistryAuth(absl::string_view header) {
  std::string text;
  if (header.size() > kMaxAuth || !absl::WebSafeBase64Unescape(header, &text)) {
    return {};
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxAuth);
  return json.ok() ? CredentialsOf(*json) : imageservice::Credentials();
}

imageservice::Credentials CredentialsOf(const Json& json) {
  imageservice::Credentials credentials;
  const auto field = [&](absl::string_view key) { return JsonString(json, key).value_or(""); };
  credentials.username = field("username");
  credentials.password = Secret(field("password"));
  credentials.auth = Secret(field("auth"));
  credentials.server_address = field("serveraddress");
  credentials.identity_token = Secret(field("identitytoken"));
  credentials.registry_token = Secret(field("registrytoken"));
  return credentials;
}

void AddAuthRoutes(Router& router, CheckLogin check) {
  router.Add("POST", "/auth", [check = std::move(check)](Exchange& exchange, const std::string&) {
    ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
    const absl::Status checked = check(exchange.call(), CredentialsOf(body));
    if (absl::IsUnauthenticated(checked)) {
      SendError(exchange, kUnauthorized, checked);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(checked);
    exchange.SendJson({{"Status", "Login Succeeded"}, {"IdentityToken", ""}});
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
