// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/clock.h"
#include "imageservice/registry/authenticator.h"
#include "imageservice/registry/http_client.h"
#include "imageservice/registry/login.h"
#include "imageservice/registry/registry_config.h"

namespace berth::imageservice {

// Something below the API's root, or at an address that the server has given.
struct HostRequest {
  std::string method = "GET";
  std::string path;                 // library/nginx/manifests/latest
  std::optional<Url> url = {};      // in place of the path; elsewhere nothing of ours goes along
  std::vector<HttpHeader> headers;  // Accept, Range and those of content
  std::string body = {};            // HttpRequest::body
  std::optional<HttpUpload> upload = {};
  size_t max_body = 1 << 20;
  absl::Duration stall_timeout = absl::Minutes(1);
  std::function<absl::Status(const HttpResponse& head, absl::string_view bytes)> sink = nullptr;
};

// Requests to one server on behalf of one login: answers its challenges, follows its redirects, and
// finds out whether a server on loopback speaks TLS. Thread-safe.
class HostSession {
 public:
  // The references must outlive this object. The login is used only where the host may have it.
  HostSession(HttpClient& http, const Clock& clock, RegistryHost host, const Login& login,
              const std::string& scope);

  const RegistryHost& host() const { return host_; }

  // The final answer, whatever its status, from wherever redirects led; the errors of
  // HttpClient::Send, Authenticator::Answer and FollowRedirect else.
  absl::StatusOr<HttpResponse> Send(const Call& call, const HostRequest& request);

 private:
  absl::StatusOr<Url> Base(const Call& call, absl::Duration stall_timeout);
  absl::StatusOr<std::string> FindScheme(const Call& call, absl::Duration stall_timeout);
  HttpRequest MakeRequest(const Url& base, const HostRequest& request) const;

  HttpClient& http_;
  const RegistryHost host_;
  Authenticator authenticator_;

  absl::Mutex mutex_;
  std::optional<Url> base_ ABSL_GUARDED_BY(mutex_);  // once its scheme is known
};

}  // namespace berth::imageservice
