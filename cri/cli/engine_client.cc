// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_client.h"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/path.h"
#include "base/status.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http.hpp"
#include "cri/cli/client.h"

namespace berth::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;
using Socket = asio::local::stream_protocol::socket;
using Parser = http::response_parser<http::buffer_body>;

constexpr int kHttp11 = 11;
constexpr char kSocketName[] = "docker.sock";
constexpr size_t kPieceSize = 64 << 10;
constexpr size_t kMaxRefusal = 64 << 10;

void AppendEscaped(std::string& text, absl::string_view part, absl::string_view safe) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || absl::StrContains(safe, absl::string_view(&c, 1))) {
      text += c;
    } else {
      text += {'%', kDigits[byte >> 4], kDigits[byte & 0xf]};
    }
  }
}

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
  return absl::UnavailableError(absl::StrCat(
      "nobody serves docker's API at ", path, " (", error.message(),
      ")\n  is berthd running, with `[docker] address` beside its socket? `-H` names another"));
}

absl::Status Broken(const ErrorCode& error) {
  return absl::UnavailableError(absl::StrCat("the daemon has gone: ", error.message()));
}

// One request and its answer.
class Exchange {
 public:
  explicit Exchange(const EngineCall& call) : call_(call), socket_(loop_) {}

  absl::Status Run(const std::string& path, const EngineClient::Sink& sink) {
    ErrorCode error;
    socket_.connect(asio::local::stream_protocol::endpoint(path), error);
    if (error) {
      return NobodyThere(path, error);
    }
    RETURN_IF_ERROR(SendRequest());
    return ReadAnswer(sink);
  }

  // Of the answer.
  std::string Header(const std::string& name) const { return std::string(parser_.get()[name]); }

 private:
  absl::Status SendRequest() {
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

  // A daemon that refuses in the middle of a body closes its end: its answer says why.
  absl::Status SendBody(http::request<http::buffer_body>& request) {
    http::request_serializer<http::buffer_body> serializer(request);
    request.body().more = true;
    request.body().data = nullptr;
    request.body().size = 0;
    ErrorCode error;
    http::write_header(socket_, serializer, error);
    std::string piece = call_.body;
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

  absl::Status ReadAnswer(const EngineClient::Sink& sink) {
    parser_.skip(call_.method == "HEAD");
    parser_.body_limit(std::numeric_limits<uint64_t>::max());  // a sink has limits of its own
    ErrorCode error;
    http::read_header(socket_, buffer_, parser_, error);
    if (error) {
      return Broken(error);
    }
    const unsigned status = parser_.get().result_int();
    if (status / 100 == 2) {
      return ReadBody(sink);
    }
    std::string refusal;
    RETURN_IF_ERROR(ReadBody([&](absl::string_view bytes) {
      absl::StrAppend(&refusal, bytes.substr(0, kMaxRefusal - refusal.size()));
      return absl::OkStatus();
    }));
    const absl::StatusOr<Json> json = ParseJson(refusal, kMaxRefusal);
    const std::optional<std::string> message =
        json.ok() ? JsonString(*json, "message") : std::nullopt;
    return absl::Status(CodeOf(status),
                        message.value_or(absl::StrCat("the daemon answers ", status)));
  }

  absl::Status ReadBody(const EngineClient::Sink& sink) {
    std::array<char, kPieceSize> piece;
    while (!parser_.is_done()) {
      parser_.get().body().data = piece.data();
      parser_.get().body().size = piece.size();
      ErrorCode error;
      http::read(socket_, buffer_, parser_, error);
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

  const EngineCall& call_;
  asio::io_context loop_;
  Socket socket_;
  beast::flat_buffer buffer_;
  Parser parser_;
};

}  // namespace

absl::StatusOr<std::string> EngineSocketPath(absl::string_view address) {
  ASSIGN_OR_RETURN(const std::string path, SocketPath(address));
  return JoinPath(ParentPath(path), kSocketName);
}

std::string EngineTarget(const std::vector<std::string>& path,
                         const std::vector<std::pair<std::string, std::string>>& query) {
  std::string target;
  AppendEscaped(target, absl::StrJoin(path, "/"), "/-._~:@");
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (!value.empty()) {
      target += std::exchange(separator, '&');
      absl::StrAppend(&target, name, "=");
      AppendEscaped(target, value, "-._~");
    }
  }
  return target;
}

absl::StatusOr<std::string> EngineClient::Ask(const EngineCall& call) const {
  std::string answer;
  RETURN_IF_ERROR(Stream(call, [&](absl::string_view bytes) {
    if (answer.size() + bytes.size() > kMaxEngineAnswer) {
      return absl::ResourceExhaustedError("the daemon's answer is too long");
    }
    absl::StrAppend(&answer, bytes);
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<Json> EngineClient::AskJson(const EngineCall& call) const {
  ASSIGN_OR_RETURN(const std::string answer, Ask(call));
  return ParseJson(answer, kMaxEngineAnswer);
}

absl::StatusOr<std::string> EngineClient::AskHeader(const EngineCall& call,
                                                    const std::string& name) const {
  Exchange exchange(call);
  RETURN_IF_ERROR(exchange.Run(socket_path_, [](absl::string_view) { return absl::OkStatus(); }));
  return exchange.Header(name);
}

absl::Status EngineClient::Stream(const EngineCall& call, const Sink& sink) const {
  return Exchange(call).Run(socket_path_, sink);
}

}  // namespace berth::cli
