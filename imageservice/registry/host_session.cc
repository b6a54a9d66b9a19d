// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/host_session.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/secret.h"
#include "base/status.h"
#include "imageservice/registry/redirect.h"

namespace berth::imageservice {

HostSession::HostSession(HttpClient& http, const Clock& clock, RegistryHost host,
                         const Login& login, const std::string& scope)
    : http_(http),
      host_(std::move(host)),
      authenticator_(http, clock, host_.gets_credentials ? login : Login(), scope) {
  if (host_.is_scheme_known) {
    base_ = host_.base;
  }
}

absl::StatusOr<HttpResponse> HostSession::Send(const Call& call, const HostRequest& request) {
  constexpr int kMaxAnswers = 2;  // a token that has just run out deserves another
  RegistryHost host = host_;
  ASSIGN_OR_RETURN(host.base, Base(call, request.stall_timeout));
  Secret authorization = authenticator_.Authorization();
  for (int answers = 0;; ++answers) {
    HttpRequest next = MakeRequest(host.base, request);
    if (!authorization.empty() && IsSameOrigin(next.url, host.base)) {
      next.headers.push_back({"Authorization", authorization.Reveal()});
    }
    ASSIGN_OR_RETURN(HttpResponse response, SendFollowingRedirects(http_, call, std::move(next)));
    if (response.status != 401 || answers == kMaxAnswers ||
        !IsSameOrigin(response.url, host.base)) {
      return response;
    }
    ASSIGN_OR_RETURN(authorization, authenticator_.Answer(call, host, response, authorization));
  }
}

HttpRequest HostSession::MakeRequest(const Url& base, const HostRequest& request) const {
  HttpRequest http;
  http.method = request.method;
  http.body = request.body;
  http.upload = request.upload;
  http.headers = request.headers;
  http.url = base;
  absl::StrAppend(&http.url.target, "/", request.path);
  if (!host_.ns.empty()) {
    absl::StrAppend(&http.url.target, absl::StrContains(request.path, '?') ? "&" : "?",
                    "ns=", host_.ns);
  }
  http.url = request.url.value_or(http.url);
  http.tls = host_.tls;
  if (IsSameOrigin(http.url, base)) {
    http.headers.insert(http.headers.end(), host_.headers.begin(), host_.headers.end());
  } else {
    http.tls.client_certificates.clear();
  }
  http.connect_timeout = host_.connect_timeout;
  http.stall_timeout = request.stall_timeout;
  http.max_body = request.max_body;
  http.sink = request.sink;
  return http;
}

absl::StatusOr<Url> HostSession::Base(const Call& call, absl::Duration stall_timeout) {
  {
    absl::MutexLock lock(&mutex_);
    if (base_.has_value()) {
      return *base_;
    }
  }
  Url base = host_.base;
  ASSIGN_OR_RETURN(base.scheme, FindScheme(call, stall_timeout));
  absl::MutexLock lock(&mutex_);
  base_ = base;
  return base;
}

// A server that speaks TLS answers plain HTTP with 400 or with bytes that are no answer. The other
// way round is worse: a plain server may wait for the rest of what it takes for a request line.
absl::StatusOr<std::string> HostSession::FindScheme(const Call& call,
                                                    absl::Duration stall_timeout) {
  HttpRequest request;
  request.url = host_.base;
  absl::StrAppend(&request.url.target, "/");
  request.tls = host_.tls;
  request.connect_timeout = host_.connect_timeout;
  request.stall_timeout = stall_timeout;
  request.url.scheme = "http";
  absl::StatusOr<HttpResponse> plain = http_.Send(call, request);
  if (plain.ok() && plain->status != 400) {
    return std::string("http");
  }
  request.url.scheme = "https";
  absl::StatusOr<HttpResponse> encrypted = http_.Send(call, request);
  if (encrypted.ok()) {
    return std::string("https");
  }
  RETURN_IF_ERROR(plain.status());
  return std::string("http");
}

}  // namespace berth::imageservice
