// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/secret.h"
#include "imageservice/registry/challenge.h"
#include "imageservice/registry/http_client.h"
#include "imageservice/registry/login.h"
#include "imageservice/registry/registry_config.h"

// The messages between us and a token server, as the distribution project's specification has them.
// Pure.
namespace berth::imageservice {

inline constexpr size_t kMaxTokenAnswer = 1 << 20;
inline constexpr size_t kMaxTokenLength = 12 << 10;  // so that a header line can hold it

// Where a token is to be had, and for what.
struct TokenDemand {
  Url realm;
  std::string service;
  std::vector<std::string> scopes;
};

// What a bearer challenge asks for; `scope` where it names none. InvalidArgument when its realm is
// missing, is no URL, or is not to be trusted with the login (CheckRealm).
absl::StatusOr<TokenDemand> ReadBearerChallenge(const Challenge& challenge, absl::string_view scope,
                                                const RegistryHost& host, const Login& login);

// PermissionDenied unless a token server may see the login: it is reached over TLS, or the registry
// is not either and both are of one site; and when there is a login, it belongs to the registry's
// site or is listed for it.
absl::Status CheckRealm(const Url& realm, const RegistryHost& host, const Login& login);

// The request for a token, with the user's password if there is one.
HttpRequest TokenGetRequest(const TokenDemand& demand, const Login& login);
// The same by OAuth 2, for an identity token.
HttpRequest TokenPostRequest(const TokenDemand& demand, const Login& login);

struct Token {
  Secret value;
  absl::Time expires;  // earlier than the server says, so that it holds for a request
};

// InvalidArgument when the answer holds no token that a header could carry.
absl::StatusOr<Token> ParseToken(absl::string_view body, absl::Time now);

}  // namespace berth::imageservice
