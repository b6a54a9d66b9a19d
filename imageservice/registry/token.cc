// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/token.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/json.h"
#include "base/status.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxScopes = 8;
constexpr size_t kMaxScopeLength = 1024;
constexpr absl::Duration kUsualLifetime = absl::Seconds(60);  // when the server does not say
constexpr absl::Duration kLongestLifetime = absl::Hours(1);

std::string PercentEncode(absl::string_view text) {
  std::string encoded;
  for (char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%", absl::AsciiStrToUpper(absl::BytesToHexString({&c, 1})));
    }
  }
  return encoded;
}

std::string FormBody(const std::vector<std::pair<std::string, std::string>>& fields) {
  return absl::StrJoin(fields, "&", [](std::string* out, const auto& field) {
    absl::StrAppend(out, field.first, "=", PercentEncode(field.second));
  });
}

bool IsHeaderText(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
}

std::string SafeName(const Url& url) {
  return absl::CHexEscape(url.authority().substr(0, 100));
}

}  // namespace

absl::Status CheckRealm(const Url& realm, const RegistryHost& host, const Login& login) {
  const bool is_same_site = IsSameSite(realm.host, host.base.host);
  const bool is_listed = absl::c_linear_search(host.realms, realm.authority()) ||
                         absl::c_linear_search(host.realms, realm.host);
  if (!realm.is_https() && (host.base.is_https() || !(is_same_site || is_listed))) {
    return absl::PermissionDeniedError(absl::StrCat(host.base.authority(),
                                                    " names a token server without TLS, ",
                                                    SafeName(realm), "; it is not asked"));
  }
  if (!login.is_anonymous() && !is_same_site && !is_listed) {
    return absl::PermissionDeniedError(absl::StrCat(
        host.base.authority(), " names a token server of somebody else, ", SafeName(realm),
        ", which does not get the credentials; \"realms\" in "
        "hosts.toml can allow it"));
  }
  return absl::OkStatus();
}

absl::StatusOr<TokenDemand> ReadBearerChallenge(const Challenge& challenge, absl::string_view scope,
                                                const RegistryHost& host, const Login& login) {
  absl::StatusOr<Url> realm = Url::Parse(challenge.parameter("realm"));
  if (!realm.ok()) {
    return Annotate(realm.status(), absl::StrCat(host.base.authority(), ": token server"));
  }
  RETURN_IF_ERROR(CheckRealm(*realm, host, login));
  TokenDemand demand{
      .realm = *std::move(realm), .service = challenge.parameter("service"), .scopes = {}};
  const std::string asked = challenge.parameter("scope");
  demand.scopes =
      absl::StrSplit(asked.empty() ? scope : absl::string_view(asked), ' ', absl::SkipEmpty());
  if (demand.scopes.size() > kMaxScopes || asked.size() > kMaxScopeLength ||
      demand.service.size() > kMaxScopeLength) {
    return absl::InvalidArgumentError(
        absl::StrCat(host.base.authority(), ": the challenge's scope or service is too long"));
  }
  return demand;
}

HttpRequest TokenGetRequest(const TokenDemand& demand, const Login& login) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (!demand.service.empty()) {
    fields.emplace_back("service", demand.service);
  }
  for (const std::string& scope : demand.scopes) {
    fields.emplace_back("scope", scope);
  }
  HttpRequest request;
  request.url = demand.realm;
  if (!fields.empty()) {
    absl::StrAppend(&request.url.target, absl::StrContains(request.url.target, '?') ? "&" : "?",
                    FormBody(fields));
  }
  const Secret& password = login.has_password() ? login.password : login.identity_token;
  if (login.has_password() || !password.empty()) {
    request.headers.push_back(
        {"Authorization", absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(
                                                     login.username, ":", password.Reveal())))});
  }
  request.max_body = kMaxTokenAnswer;
  return request;
}

HttpRequest TokenPostRequest(const TokenDemand& demand, const Login& login) {
  HttpRequest request;
  request.method = "POST";
  request.url = demand.realm;
  request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  request.body = FormBody({{"grant_type", "refresh_token"},
                           {"refresh_token", login.identity_token.Reveal()},
                           {"service", demand.service},
                           {"client_id", "berth"},
                           {"scope", absl::StrJoin(demand.scopes, " ")}});
  request.max_body = kMaxTokenAnswer;
  return request;
}

absl::StatusOr<Token> ParseToken(absl::string_view body, absl::Time now) {
  absl::StatusOr<Json> json = ParseJson(body, kMaxTokenAnswer);
  if (!json.ok()) {
    return Annotate(json.status(), "token");
  }
  std::string value = JsonString(*json, "token").value_or("");
  if (value.empty()) {
    value = JsonString(*json, "access_token").value_or("");
  }
  if (value.empty() || value.size() > kMaxTokenLength || !IsHeaderText(value)) {
    return absl::InvalidArgumentError("the token server's answer holds no token");
  }
  absl::Duration lifetime = kUsualLifetime;
  if (std::optional<int64_t> seconds = JsonInteger(*json, "expires_in");
      seconds.has_value() && *seconds > 0) {
    lifetime = std::min(absl::Seconds(*seconds), kLongestLifetime);
  }
  return Token{.value = Secret(std::move(value)), .expires = now + lifetime * 0.9};
}

}  // namespace berth::imageservice
