// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_transfer.h"

#include <errno.h>
#include <stdio.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/status.h"
#include "base/sys/read_at.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {
namespace {

// The number in "HTTP/1.1 200 OK"; 0 when there is none.
int StatusOf(absl::string_view line) {
  size_t space = line.find(' ');
  int status = 0;
  if (space == absl::string_view::npos || !absl::SimpleAtoi(line.substr(space + 1, 3), &status)) {
    return 0;
  }
  return status;
}

// Failures of the server's certificate or of our own files: trying again does not help.
bool IsPermanent(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
      return true;
    default:
      return false;
  }
}

// True when the other side does not speak TLS, which libcurl reports like a connection that broke
// during the handshake.
bool IsNotTls(absl::string_view detail) {
  return absl::StrContains(detail, "wrong version number") ||
         absl::StrContains(detail, "packet length too long") ||
         absl::StrContains(detail, "unknown protocol");
}

}  // namespace

HttpTransfer::HttpTransfer(const HttpRequest& request) : request_(request), pace_(SteadyNow()) {
  response_.url = request.url;
}

void HttpTransfer::Attach(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (request_.upload.has_value()) {
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
  }
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail_.data());
}

absl::Status HttpTransfer::CheckProgress(absl::Time now) const {
  if (now - pace_.last_progress() < request_.stall_timeout) {
    return absl::OkStatus();
  }
  absl::string_view what = "nothing came for ";
  if (feeds_sink_) {
    what = pace_.bytes() == 0 ? what : "less than 1 KiB a second came for ";
  } else if (header_bytes_ > 0) {
    what = "the answer has not ended after ";
  }
  return Transient(absl::DeadlineExceededError(absl::StrCat(
      request_.url.authority(), ": ", what, absl::FormatDuration(request_.stall_timeout))));
}

size_t HttpTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  bool ok = static_cast<HttpTransfer*>(self)->TakeHeader({data, size * count});
  return ok ? size * count : 0;
}

size_t HttpTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  bool ok = static_cast<HttpTransfer*>(self)->TakeBody({data, size * count});
  return ok ? size * count : 0;
}

size_t HttpTransfer::OnRead(char* data, size_t size, size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->Give({data, size * count});
}

// A connection that was kept open may turn out to be dead; then all is sent again.
int HttpTransfer::OnSeek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) {
    return CURL_SEEKFUNC_FAIL;
  }
  static_cast<HttpTransfer*>(self)->sent_ = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t HttpTransfer::Give(std::span<char> space) {
  const HttpUpload& upload = *request_.upload;
  space = space.first(std::min<uint64_t>(space.size(), upload.size - sent_));
  const absl::StatusOr<size_t> size =
      ToStatusOr(sys::ReadFullAt(upload.file, space, static_cast<off_t>(upload.offset + sent_)),
                 "read what is sent");
  if (!size.ok() || *size < space.size()) {
    error_ = size.ok() ? absl::DataLossError("what is sent has become shorter") : size.status();
    return CURL_READFUNC_ABORT;
  }
  sent_ += *size;
  pace_.Take(*size, SteadyNow());
  if (upload.sent != nullptr) {
    upload.sent(sent_);
  }
  return *size;
}

bool HttpTransfer::TakeHeader(absl::string_view line) {
  header_bytes_ += line.size();
  if (line.size() > kMaxHeaderLine || header_bytes_ > kMaxHeaders) {
    error_ = HeadersTooLarge();
    return false;
  }
  if (absl::StartsWith(line, "HTTP/")) {
    response_.status = StatusOf(line);
    response_.headers.clear();  // what came before was of a 1xx
    return true;
  }
  size_t colon = line.find(':');
  if (colon != absl::string_view::npos) {
    response_.headers.push_back({std::string{absl::StripAsciiWhitespace(line.substr(0, colon))},
                                 std::string{absl::StripAsciiWhitespace(line.substr(colon + 1))}});
  }
  return true;
}

bool HttpTransfer::goes_to_sink() const {
  return request_.sink != nullptr && (response_.status == 200 || response_.status == 206);
}

bool HttpTransfer::TakeBody(absl::string_view bytes) {
  if (goes_to_sink()) {
    const absl::Time now = SteadyNow();
    if (!std::exchange(feeds_sink_, true)) {
      pace_ = Pace(now);
    }
    pace_.Take(bytes.size(), now);
    error_ = request_.sink(response_, bytes);
    pace_.Pause(SteadyNow() - now);
    return error_.ok();
  }
  const bool is_success = response_.status >= 200 && response_.status < 300;
  const size_t limit = is_success ? request_.max_body : kMaxErrorBody;
  const size_t room = limit - response_.body.size();
  absl::StrAppend(&response_.body, bytes.substr(0, room));
  if (bytes.size() <= room) {
    return true;
  }
  if (is_success) {
    error_ = absl::InvalidArgumentError(absl::StrCat(
        request_.url.authority(), ": the answer is over the limit of ", limit, " bytes"));
  }
  is_cut_ = true;
  return false;
}

absl::StatusOr<HttpResponse> HttpTransfer::Finish(CURLcode code, long os_error) {
  if (!error_.ok()) {
    return error_;
  }
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && is_cut_)) {
    return std::move(response_);
  }
  return TransportError(code, os_error);
}

absl::Status HttpTransfer::HeadersTooLarge() const {
  return absl::InvalidArgumentError(
      absl::StrCat(request_.url.authority(), ": the answer's headers are too large"));
}

absl::Status HttpTransfer::TransportError(CURLcode code, long os_error) const {
  // What libcurl makes of a header over its own limit, of which TakeHeader never hears.
  if (code == CURLE_OUT_OF_MEMORY && !feeds_sink_ && response_.body.empty()) {
    return HeadersTooLarge();
  }
  absl::string_view detail = detail_.data();
  if (detail.empty()) {
    detail = curl_easy_strerror(code);
  }
  absl::Status error = absl::UnavailableError(
      absl::StrCat(request_.url.authority(), ": ", absl::StripTrailingAsciiWhitespace(detail)));
  if (IsPermanent(code) || IsNotTls(detail)) {
    return error;
  }
  const bool is_refused = code == CURLE_COULDNT_CONNECT && os_error == ECONNREFUSED;
  return is_refused || code == CURLE_COULDNT_RESOLVE_HOST ? Unreachable(std::move(error))
                                                          : Transient(std::move(error));
}

}  // namespace berth::imageservice
