// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "imageservice/registry/client_certificates.h"
#include "imageservice/registry/proxy.h"
#include "imageservice/registry/url.h"

namespace berth::imageservice {

inline constexpr size_t kMaxHeaderLine = 16 << 10;
inline constexpr size_t kMaxHeaders = 64 << 10;    // bytes of all header lines of an answer
inline constexpr size_t kMaxErrorBody = 16 << 10;  // what is kept of an answer that is no success

struct TlsSettings {
  std::string ca_pem;  // trusted besides the system's certificates
  std::vector<ClientCertificate> client_certificates;
  bool verify = true;
};

struct HttpHeader {
  std::string name;
  std::string value;
};

// The first header of that name, letters of either case.
std::optional<absl::string_view> FindHeader(const std::vector<HttpHeader>& headers,
                                            absl::string_view name);

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;  // empty when it went to the sink
  Url url;           // who answered
};

// A part of a file as the body of a request.
struct HttpUpload {
  int file = -1;  // at whatever position
  uint64_t offset = 0;
  uint64_t size = 0;
  std::function<void(uint64_t bytes)> sent = nullptr;  // how much of it has gone out; may be empty
};

struct HttpRequest {
  std::string method = "GET";
  Url url;
  std::vector<HttpHeader> headers;
  std::string body;                  // sent with POST, PUT and PATCH
  std::optional<HttpUpload> upload;  // in its place
  TlsSettings tls;
  bool https_only = false;  // no redirect may lead out of TLS (redirect.h)
  absl::Duration connect_timeout = absl::Seconds(30);
  // From the request to the answer's end, or to its body where that goes to the sink; and then
  // without progress (pace.h).
  absl::Duration stall_timeout = absl::Minutes(1);
  size_t max_body = 1 << 20;  // of a success that goes to HttpResponse::body

  // Called on Send's thread with the body of a 200 or 206, piece by piece; `head` has no body. May
  // block. Its error ends the transfer and is what Send returns.
  std::function<absl::Status(const HttpResponse& head, absl::string_view bytes)> sink;
};

// Sends requests over libcurl: HTTP/1.1 or 2, TLS, proxies. Redirects are answers like any other.
// Connections stay open for the next request. Thread-safe; a thread waits in Send for its own
// answer.
class HttpClient {
 public:
  explicit HttpClient(ProxySettings proxies);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient(HttpClient&&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  HttpClient& operator=(HttpClient&&) = delete;

  // The answer, whatever its status. Else Unavailable, transient when connecting or the connection
  // failed; DeadlineExceeded, transient when the stall timeout was over; Cancelled or
  // DeadlineExceeded, at most 0.1 s after the caller has gone; InvalidArgument when the answer is
  // over a limit; or the sink's error. Messages name the host and hold no secret.
  absl::StatusOr<HttpResponse> Send(const Call& call, const HttpRequest& request);

 private:
  class Connection;

  std::unique_ptr<Connection> Borrow();
  void Return(std::unique_ptr<Connection> connection);

  const ProxySettings proxies_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
