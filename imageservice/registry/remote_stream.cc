// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/remote_stream.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/thread.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/redirect.h"

namespace berth::imageservice {
namespace {

constexpr size_t kBuffer = 256 << 10;
constexpr size_t kBuffers = 4;
constexpr int kOk = 200;

}  // namespace

absl::StatusOr<std::unique_ptr<RemoteStream>> RemoteStream::Open(const Call& call,
                                                                 const std::string& address) {
  HttpRequest request;
  ASSIGN_OR_RETURN(request.url, Url::Parse(address));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  std::unique_ptr<RemoteStream> stream(new RemoteStream);
  ASSIGN_OR_RETURN(stream->thread_,
                   StartThread("fetch", [&stream = *stream, &call, request = std::move(request)] {
                     const std::string url = request.url.str();
                     stream.queue_.CloseWriting(Annotate(stream.Fetch(call, request), url));
                   }));
  return stream;
}

RemoteStream::RemoteStream() : http_(ProxySettings::FromEnvironment()), queue_(kBuffer, kBuffers) {}

// The thread may wait for room in the queue, or for the server.
RemoteStream::~RemoteStream() {
  ended_ = true;
  queue_.CloseReading(absl::CancelledError("nobody reads on"));
  if (thread_.joinable()) {
    thread_.join();
  }
}

absl::Status RemoteStream::Fetch(const Call& call, HttpRequest request) {
  request.sink = [this](const HttpResponse&, absl::string_view bytes) { return Take(bytes); };
  const Call mine(call.deadline(), [this, &call] { return ended_ || call.cancelled(); });
  ASSIGN_OR_RETURN(const HttpResponse response,
                   SendFollowingRedirects(http_, mine, std::move(request)));
  return response.status == kOk ? absl::OkStatus() : HttpError(response);
}

absl::Status RemoteStream::Take(absl::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kMaxRemoteFile) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kMaxRemoteFile, " bytes, which is the most there may be"));
  }
  while (!bytes.empty()) {
    const std::span<char> space = queue_.Space();
    const size_t size = std::min(space.size(), bytes.size());
    std::copy_n(bytes.data(), size, space.data());
    RETURN_IF_ERROR(queue_.Advance(size));
    bytes.remove_prefix(size);
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
