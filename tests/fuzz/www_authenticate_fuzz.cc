// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "imageservice/registry/challenge.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/retry_policy.h"
#include "imageservice/registry/token.h"
#include "tests/fuzz/require.h"

// What a registry and its token server say when we must prove who we are: a password goes to the
// registry's own site only, over TLS, and nothing that they say gets into a header as it is.
namespace berth::imageservice {
namespace {

RegistryHost Host() {
  RegistryHost host;
  host.base = *Url::Parse("https://registry.example.com/v2");
  return host;
}

void TryChallenges(absl::string_view text) {
  Login login;
  login.username = "user";
  login.password = Secret("password");
  const RegistryHost host = Host();
  for (const Challenge& challenge : ParseChallenges(text)) {
    Require(!challenge.scheme.empty());
    absl::StatusOr<TokenDemand> demand = ReadBearerChallenge(challenge, "scope", host, login);
    if (!demand.ok()) {
      continue;
    }
    const HttpRequest request = TokenGetRequest(*demand, login);
    Require(request.url.is_https() && IsSameSite(request.url.host, host.base.host));
    Require(Url::Parse(request.url.str()).ok());
  }
}

void TryToken(absl::string_view text) {
  absl::StatusOr<Token> token = ParseToken(text, absl::UnixEpoch());
  if (token.ok()) {
    for (char c : token->value.Reveal()) {
      Require(absl::ascii_isgraph(static_cast<unsigned char>(c)));
    }
  }
}

void TryError(absl::string_view text) {
  HttpResponse response;
  response.status = 429;
  response.url = Host().base;
  response.body = std::string(text);
  response.headers.push_back({"Retry-After", std::string(text)});
  const absl::Status error = HttpError(response);
  Require(IsTransient(error) && RetryAfter(error) >= absl::ZeroDuration());
  for (char c : error.message()) {
    Require(absl::ascii_isprint(static_cast<unsigned char>(c)));
  }
}

}  // namespace
}  // namespace berth::imageservice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  TryChallenges(text);
  TryToken(text);
  TryError(text);
  return 0;
}
