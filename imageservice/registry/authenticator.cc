// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/authenticator.h"

#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/registry/challenge.h"
#include "imageservice/registry/http_error.h"

namespace berth::imageservice {
namespace {

std::vector<Challenge> ChallengesOf(const HttpResponse& response) {
  std::vector<Challenge> challenges;
  for (const HttpHeader& header : response.headers) {
    if (absl::EqualsIgnoreCase(header.name, "WWW-Authenticate")) {
      std::vector<Challenge> more = ParseChallenges(header.value);
      challenges.insert(challenges.end(), std::make_move_iterator(more.begin()),
                        std::make_move_iterator(more.end()));
    }
  }
  return challenges;
}

const Challenge* FindScheme(const std::vector<Challenge>& challenges, absl::string_view scheme) {
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme == scheme) {
      return &challenge;
    }
  }
  return nullptr;
}

absl::Status Unauthenticated(const RegistryHost& host, absl::string_view reason) {
  return absl::UnauthenticatedError(absl::StrCat(host.base.authority(), ": ", reason));
}

// Token servers that know only the older GET answer a POST with one of these.
bool MeansNoPost(int status) {
  return status == 400 || status == 401 || status == 404 || status == 405;
}

}  // namespace

Authenticator::Authenticator(HttpClient& http, const Clock& clock, Login login, std::string scope)
    : http_(http), clock_(clock), login_(std::move(login)), scope_(std::move(scope)) {}

Secret Authenticator::Authorization() const {
  absl::MutexLock lock(&mutex_);
  return clock_.Now() < expires_ ? authorization_ : Secret();
}

void Authenticator::Keep(Secret authorization, absl::Time expires) {
  absl::MutexLock lock(&mutex_);
  authorization_ = std::move(authorization);
  expires_ = expires;
}

absl::StatusOr<Secret> Authenticator::Answer(const Call& call, const RegistryHost& host,
                                             const HttpResponse& unauthorized,
                                             const Secret& rejected) {
  if (Secret current = Authorization(); !current.empty() && !(current == rejected)) {
    return current;  // another thread has answered meanwhile
  }
  const std::vector<Challenge> challenges = ChallengesOf(unauthorized);
  const Challenge* bearer = FindScheme(challenges, "bearer");
  absl::StatusOr<Secret> answer =
      Unauthenticated(host, "refuses, and names no way in that we know");
  if (bearer != nullptr) {
    answer = AnswerBearer(call, host, *bearer);
  } else if (FindScheme(challenges, "basic") != nullptr) {
    answer = AnswerBasic(host);
  }
  if (answer.ok() && *answer == rejected) {
    return HttpError(unauthorized);
  }
  return answer;
}

absl::StatusOr<Secret> Authenticator::AnswerBasic(const RegistryHost& host) {
  if (!login_.has_password()) {
    return Unauthenticated(host, "wants a user name and a password");
  }
  Secret answer(absl::StrCat(
      "Basic ", absl::Base64Escape(absl::StrCat(login_.username, ":", login_.password.Reveal()))));
  Keep(answer, absl::InfiniteFuture());
  return answer;
}

absl::StatusOr<Secret> Authenticator::AnswerBearer(const Call& call, const RegistryHost& host,
                                                   const Challenge& challenge) {
  if (!login_.registry_token.empty()) {
    Secret answer(absl::StrCat("Bearer ", login_.registry_token.Reveal()));
    Keep(answer, absl::InfiniteFuture());
    return answer;
  }
  ASSIGN_OR_RETURN(TokenDemand demand, ReadBearerChallenge(challenge, scope_, host, login_));
  ASSIGN_OR_RETURN(Token token, FetchToken(call, host, demand));
  Secret answer(absl::StrCat("Bearer ", token.value.Reveal()));
  Keep(answer, token.expires);
  return answer;
}

absl::StatusOr<Token> Authenticator::FetchToken(const Call& call, const RegistryHost& host,
                                                const TokenDemand& demand) {
  HttpResponse response;
  const bool by_post = !login_.identity_token.empty();
  if (by_post) {
    ASSIGN_OR_RETURN(response, SendToTokenServer(call, host, TokenPostRequest(demand, login_)));
  }
  if (!by_post || MeansNoPost(response.status)) {
    ASSIGN_OR_RETURN(response, SendToTokenServer(call, host, TokenGetRequest(demand, login_)));
  }
  if (response.status != 200) {
    return Annotate(HttpError(response), "token server");
  }
  absl::StatusOr<Token> token = ParseToken(response.body, clock_.Now());
  return token.ok() ? std::move(token) : Annotate(token.status(), response.url.authority());
}

absl::StatusOr<HttpResponse> Authenticator::SendToTokenServer(const Call& call,
                                                              const RegistryHost& host,
                                                              HttpRequest request) {
  request.connect_timeout = host.connect_timeout;
  request.tls = host.tls;
  if (!IsSameOrigin(request.url, host.base)) {
    request.tls.client_certificates.clear();
  }
  return http_.Send(call, request);
}

}  // namespace berth::imageservice
