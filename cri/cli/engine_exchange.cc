// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_exchange.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "base/sys/socket.h"

namespace berth::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr int kHttp11 = 11;
constexpr unsigned kSwitchingProtocols = 101;
constexpr unsigned kNotModified = 304;  // it was so already
constexpr size_t kPieceSize = 64 << 10;
constexpr size_t kMaxRefusal = 64 << 10;

absl::StatusCode CodeOf(unsigned status) {
  switch (status) {
    case 400:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 409:
      return absl::StatusCode::kFailedPrecondition;
    case 501:
      return absl::StatusCode::kUnimplemented;
    case 503:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status NobodyThere(const std::string& path, const ErrorCode& error) {
  if (error.value() == EACCES) {
    return absl::PermissionDeniedError(
        absl::StrCat("may not use ", path, ": become root or a member of its group"));
  }
  return absl::UnavailableError(
      absl::StrCat("nobody serves docker's API at ", path, " (", error.message(),
                   ")\n  is berthd running (`systemctl start berthd`), or is it another one's "
                   "(--host, or BERTH_HOST)?"));
}

absl::Status Broken(const ErrorCode& error) {
  return absl::UnavailableError(absl::StrCat("the daemon has gone: ", error.message()));
}

}  // namespace

absl::Status EngineExchange::Run(const std::string& path, const EngineClient::Sink& sink) {
  RETURN_IF_ERROR(Begin(path));
  return Finish(sink);
}

absl::Status EngineExchange::Begin(const std::string& path) {
  ErrorCode error;
  socket_.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error) {
    return NobodyThere(path, error);
  }
  RETURN_IF_ERROR(SendRequest());
  if (idle_ != nullptr) {
    socket_.non_blocking(true, error);
  }
  return ReadHead();
}

EngineStream EngineExchange::Release() {
  const auto bytes = buffer_.cdata();
  EngineStream stream = {.socket = {},
                         .early = {static_cast<const char*>(bytes.data()), bytes.size()}};
  ErrorCode error;
  stream.socket = sys::Fd(socket_.release(error));
  return stream;
}

absl::Status EngineExchange::SendRequest() {
  http::request<http::buffer_body> request;
  request.version(kHttp11);
  request.method_string(call_.method);
  request.target(call_.target);
  request.set(http::field::host, "docker");
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : call_.headers) {
    request.set(name, value);
  }
  if (!call_.content_type.empty()) {
    request.set(http::field::content_type, call_.content_type);
  }
  if (call_.next_piece != nullptr) {
    request.chunked(true);
  } else {
    request.content_length(call_.body.size());
  }
  return SendBody(request);
}

// The descriptor goes with a byte of the body, as it cannot go alone.
absl::Status EngineExchange::SendDescriptor(absl::string_view byte) {
  const int descriptors[] = {call_.descriptor};
  const sys::Result sent = sys::SendPacket(socket_.native_handle(), byte.data(), byte.size(),
                                           descriptors, sys::kNoDeadline);
  const bool cut = !sent.ok() && (sent.error().code == EPIPE || sent.error().code == ECONNRESET);
  return cut ? absl::OkStatus() : ToStatus(sent, "hand over a descriptor");
}

// A daemon that refuses in the middle of a body closes its end: its answer says why.
absl::Status EngineExchange::SendBody(http::request<http::buffer_body>& request) {
  http::request_serializer<http::buffer_body> serializer(request);
  request.body().more = true;
  request.body().data = nullptr;
  request.body().size = 0;
  ErrorCode error;
  http::write_header(socket_, serializer, error);
  std::string piece = call_.body;
  if (call_.descriptor >= 0 && (!error || error == http::error::need_buffer)) {
    return SendDescriptor(piece);
  }
  while (!error || error == http::error::need_buffer) {
    if (call_.next_piece != nullptr) {
      ASSIGN_OR_RETURN(piece, call_.next_piece());
    }
    request.body().data = piece.data();
    request.body().size = piece.size();
    request.body().more = call_.next_piece != nullptr && !piece.empty();
    if (!request.body().more && piece.empty()) {
      request.body().data = nullptr;
    }
    http::write(socket_, serializer, error);
    if (!request.body().more) {
      break;
    }
  }
  const bool cut = error == asio::error::broken_pipe || error == asio::error::connection_reset;
  return !error || error == http::error::need_buffer || cut ? absl::OkStatus() : Broken(error);
}

absl::Status EngineExchange::ReadHead() {
  parser_.skip(call_.method == "HEAD");
  parser_.body_limit(std::numeric_limits<uint64_t>::max());  // a sink has limits of its own
  ErrorCode error;
  do {
    http::read_header(socket_, buffer_, parser_, error);
  } while (HasAwaitedMore(error));
  if (error) {
    return Broken(error);
  }
  const unsigned status = parser_.get().result_int();
  if (status / 100 == 2 || status == kNotModified || status == kSwitchingProtocols) {
    return absl::OkStatus();
  }
  std::string refusal;
  RETURN_IF_ERROR(Finish([&](absl::string_view bytes) {
    absl::StrAppend(&refusal, bytes.substr(0, kMaxRefusal - refusal.size()));
    return absl::OkStatus();
  }));
  const absl::StatusOr<Json> json = ParseJson(refusal, kMaxRefusal);
  const std::optional<std::string> message =
      json.ok() ? JsonString(*json, "message") : std::nullopt;
  return absl::Status(CodeOf(status),
                      message.value_or(absl::StrCat("the daemon answers ", status)));
}

void EngineExchange::AwaitReadable(const SignalSource& signals) {
  const int pause = idle_ == nullptr ? -1 : static_cast<int>(absl::ToInt64Milliseconds(kIdlePause));
  pollfd entries[] = {{socket_.native_handle(), POLLIN, 0}, {signals.fd, POLLIN, 0}};
  while (entries[0].revents == 0) {
    const int ready = poll(entries, std::size(entries), pause);
    if (ready == 0) {
      idle_();
    } else if (ready > 0 && entries[1].revents != 0) {
      signals.take();
    }
  }
}

// With `idle_` the socket does not wait by itself.
bool EngineExchange::HasAwaitedMore(const ErrorCode& error) {
  if (error != asio::error::would_block) {
    return false;
  }
  AwaitReadable({});
  return true;
}

void EngineExchange::AwaitMore(const SignalSource& signals) {
  if (buffer_.size() == 0) {
    AwaitReadable(signals);
  }
}

absl::Status EngineExchange::Finish(const EngineClient::Sink& sink) {
  std::array<char, kPieceSize> piece;
  while (!parser_.is_done()) {
    parser_.get().body().data = piece.data();
    parser_.get().body().size = piece.size();
    ErrorCode error;
    do {
      http::read_some(socket_, buffer_, parser_, error);  // what is there, as it comes
    } while (HasAwaitedMore(error));
    const size_t size = piece.size() - parser_.get().body().size;
    if (size > 0) {
      RETURN_IF_ERROR(sink(absl::string_view(piece.data(), size)));
    }
    if (error && error != http::error::need_buffer) {
      return Broken(error);
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cli
