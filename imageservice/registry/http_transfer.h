// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include <curl/curl.h>

#include "imageservice/registry/http_client.h"
#include "imageservice/registry/pace.h"

namespace berth::imageservice {

// What comes back for one request: takes libcurl's calls, keeps the limits, and says in the end
// what became of it. The request outlives it. Used by one thread.
class HttpTransfer {
 public:
  explicit HttpTransfer(const HttpRequest& request);

  // Makes the handle call this object, which must stay where it is until the handle is reset.
  void Attach(CURL* easy);

  // The stall timeout's error when it is over.
  absl::Status CheckProgress(absl::Time now) const;

  // The answer, or why there is none, by libcurl's verdict and the errno behind it. Called once, at
  // the end.
  absl::StatusOr<HttpResponse> Finish(CURLcode code, long os_error = 0);

 private:
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnRead(char* data, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);

  bool TakeHeader(absl::string_view line);
  bool TakeBody(absl::string_view bytes);
  size_t Give(std::span<char> space);
  bool goes_to_sink() const;
  absl::Status HeadersTooLarge() const;
  absl::Status TransportError(CURLcode code, long os_error) const;

  const HttpRequest& request_;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  Pace pace_;  // from the request on; from its body on, when that goes to a sink
  bool feeds_sink_ = false;
  uint64_t sent_ = 0;    // of the upload
  absl::Status error_;   // ours: a limit, or the sink's
  bool is_cut_ = false;  // the body of a refusal was longer than what is kept
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

}  // namespace berth::imageservice
