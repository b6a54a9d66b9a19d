// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/clock.h"
#include "base/secret.h"
#include "imageservice/registry/http_client.h"
#include "imageservice/registry/login.h"
#include "imageservice/registry/registry_config.h"
#include "imageservice/registry/token.h"

namespace berth::imageservice {

// Keeps what proves to one server that we may read one repository, and gets it when the server
// asks: Basic, or a bearer token from the token server that it names. Nothing is sent before a
// challenge. Thread-safe.
class Authenticator {
 public:
  // `scope` is asked for where a challenge names none. All references must outlive this object.
  Authenticator(HttpClient& http, const Clock& clock, Login login, std::string scope);

  // The Authorization header's value for the next request; empty when none is known yet, or no
  // longer good.
  Secret Authorization() const;

  // Answers the challenges of a 401 that `host` gave to a request with the authorization
  // `rejected`. Returns a new authorization to try. Unauthenticated when there is nothing to answer
  // with, or the answer has been rejected; PermissionDenied when the token server is not to be
  // trusted or refuses; Unavailable, perhaps transient, when it does not answer.
  absl::StatusOr<Secret> Answer(const Call& call, const RegistryHost& host,
                                const HttpResponse& unauthorized, const Secret& rejected);

 private:
  absl::StatusOr<Secret> AnswerBasic(const RegistryHost& host);
  absl::StatusOr<Secret> AnswerBearer(const Call& call, const RegistryHost& host,
                                      const Challenge& challenge);
  absl::StatusOr<Token> FetchToken(const Call& call, const RegistryHost& host,
                                   const TokenDemand& demand);
  absl::StatusOr<HttpResponse> SendToTokenServer(const Call& call, const RegistryHost& host,
                                                 HttpRequest request);
  void Keep(Secret authorization, absl::Time expires);

  HttpClient& http_;
  const Clock& clock_;
  const Login login_;
  const std::string scope_;

  mutable absl::Mutex mutex_;
  Secret authorization_ ABSL_GUARDED_BY(mutex_);
  absl::Time expires_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace berth::imageservice
