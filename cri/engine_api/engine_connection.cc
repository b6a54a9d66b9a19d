// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/status.h"
#include "base/sys/socket.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/error.hpp"
#include "boost/beast/core/buffers_to_string.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/buffer_body.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/status.hpp"
#include "cri/engine_api/engine_error.h"

namespace berth::cri {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

// A blocking socket as a SyncReadStream of Asio; a read waits until a deadline. It keeps the last
// descriptor that has come; several at a time are refused, and the connection with them.
class SocketReader {
 public:
  SocketReader(int socket, absl::Duration body_idle) : socket_(socket), body_idle_(body_idle) {}

  void SetDeadline(absl::Time deadline) { deadline_ = deadline; }
  // From now on a body is read: each read has its own deadline.
  void BeginBody() { deadline_.reset(); }
  absl::Duration body_idle() const { return body_idle_; }

  // Whether there is something to read, or the end, before the deadline.
  bool Await() const {
    pollfd entry = {socket_, POLLIN, 0};
    return poll(&entry, 1, PollTimeout(deadline_.value_or(SteadyNow() + body_idle_))) == 1;
  }

  // The concept wants this form, too, which throws; nobody calls it.
  template <typename Buffers>
  size_t read_some(const Buffers& buffers);  // NOLINT: the name is Asio's

  template <typename Buffers>
  size_t read_some(const Buffers& buffers, ErrorCode& error) {  // NOLINT: the name is Asio's
    const asio::mutable_buffer buffer = *asio::buffer_sequence_begin(buffers);
    if (!Await()) {
      error = asio::error::timed_out;
      return 0;
    }
    sys::Fd descriptor;
    const sys::ErrnoOr<sys::PacketSize> size =
        sys::ReceivePacket(socket_, {static_cast<char*>(buffer.data()), buffer.size()},
                           {&descriptor, 1}, sys::kDontWait);
    if (!size.ok() || size->bytes == 0) {
      error = size.ok() ? ErrorCode(asio::error::eof)
                        : ErrorCode(size.error().code, boost::system::system_category());
      return 0;
    }
    if (descriptor.is_open()) {
      descriptor_ = std::move(descriptor);
    }
    error = {};
    return size->bytes;
  }

  sys::Fd TakeDescriptor() { return std::move(descriptor_); }

 private:
  const int socket_;
  const absl::Duration body_idle_;
  std::optional<absl::Time> deadline_;  // unset: of a body
  sys::Fd descriptor_;
};

// Also while bytes that nobody reads yet are there.
bool IsGone(int socket) {
  pollfd entry = {socket, POLLRDHUP, 0};
  return poll(&entry, 1, 0) == 1;  // POLLHUP and POLLERR are always told
}

using Parser = http::request_parser<http::buffer_body>;

constexpr size_t kPiece = 64 << 10;

absl::Status ReadHead(const Parser& parser, EngineRequest& request) {
  const auto& message = parser.get();
  const auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  request.method = text(message.method_string());
  for (const auto& field : message) {
    request.headers.emplace(absl::AsciiStrToLower(text(field.name_string())), text(field.value()));
  }
  return ParseTarget(text(message.target()), request);
}

class HttpExchange final : public Exchange {
 public:
  HttpExchange(int socket, SocketReader& reader, beast::flat_buffer& buffer, Parser& parser)
      : socket_(socket),
        reader_(reader),
        buffer_(buffer),
        parser_(parser),
        call_(absl::InfiniteFuture(), [socket] { return IsGone(socket); }) {}

  EngineRequest& mutable_request() { return request_; }
  const EngineRequest& request() const override { return request_; }
  const Call& call() const override { return call_; }
  bool answered() const override { return answered_; }

  absl::StatusOr<std::string> ReadBody(size_t max_bytes) override {
    std::string body;
    while (true) {
      ASSIGN_OR_RETURN(const absl::string_view piece, ReadPiece());
      if (piece.empty()) {
        return body;
      }
      if (body.size() + piece.size() > max_bytes) {
        return absl::InvalidArgumentError(
            absl::StrCat("the request's body is larger than ", max_bytes, " bytes"));
      }
      body.append(piece.data(), piece.size());
    }
  }

  absl::StatusOr<absl::string_view> ReadPiece() override {
    piece_.resize(kPiece);
    ASSIGN_OR_RETURN(const size_t count, Read(piece_.data(), piece_.size()));
    return absl::string_view(piece_).substr(0, count);
  }

  sys::Fd TakeDescriptor() override { return reader_.TakeDescriptor(); }

  void Send(int code, const EngineHeaders& headers, absl::string_view body) override {
    const bool no_body = request_.method == "HEAD" || code == 204 || code == 304;
    std::string text = Head(code, headers);
    if (code != 204 && code != 304) {
      absl::StrAppend(&text, "Content-Length: ", body.size(), "\r\n");
    }
    absl::StrAppend(&text, "\r\n");
    answered_ = true;
    WriteAll(text);
    WriteAll(no_body ? "" : body);
  }

  void Begin(absl::string_view content_type, const EngineHeaders& headers) override {
    answered_ = true;
    is_stream_ = true;
    EngineHeaders all = {{"Content-Type", std::string(content_type)},
                         {"Transfer-Encoding", "chunked"}};
    all.insert(all.end(), headers.begin(), headers.end());
    WriteAll(absl::StrCat(Head(200, all), "\r\n"));
  }

  void Break() override {
    absl::MutexLock lock(&mutex_);
    failed_ = true;
  }

  void Write(absl::string_view piece) override {
    if (!piece.empty()) {  // an empty chunk would be the end
      WriteAll(absl::StrCat(absl::Hex(piece.size()), "\r\n", piece, "\r\n"));
    }
  }

  RawStream Hijack(absl::string_view content_type) override {
    const bool upgrades = !request_.Header("upgrade").empty();
    EngineHeaders headers = {{"Content-Type", std::string(content_type)}};
    if (upgrades) {
      headers.insert(headers.end(), {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}});
    }
    WriteAll(absl::StrCat(Head(upgrades ? 101 : 200, headers), "\r\n"));
    return TakeOver();
  }

  RawStream TakeOver() override {
    answered_ = true;
    hijacked_ = true;
    RawStream raw = {socket_, beast::buffers_to_string(buffer_.data())};
    buffer_.consume(buffer_.size());
    return raw;
  }

  // After the handler. Whether the connection can have another request.
  bool Finish() {
    if (hijacked_) {
      return false;
    }
    if (!answered_) {
      Send(200, {}, "");
    }
    if (is_stream_) {
      WriteAll("0\r\n\r\n");
    }
    return !failed() && parser_.is_done() && parser_.get().keep_alive();
  }

 private:
  // Bytes of the body; 0 at its end.
  absl::StatusOr<size_t> Read(char* data, size_t size) {
    auto& body = parser_.get().body();
    body.data = data;
    body.size = size;
    ErrorCode error;
    if (!parser_.is_done()) {
      Continue();
      http::read(reader_, buffer_, parser_, error);
    }
    if (error == asio::error::timed_out) {
      return absl::InvalidArgumentError(absl::StrCat("the request's body: nothing came for ",
                                                     absl::FormatDuration(reader_.body_idle())));
    }
    if (error && error != http::error::need_buffer) {
      return absl::InvalidArgumentError(absl::StrCat("the request's body: ", error.message()));
    }
    return size - body.size;
  }

  // curl waits for it before it sends a large body (RFC 9110, 10.1.1).
  void Continue() {
    if (!std::exchange(continued_, true) &&
        absl::EqualsIgnoreCase(request_.Header("expect"), "100-continue")) {
      WriteAll("HTTP/1.1 100 Continue\r\n\r\n");
    }
  }

  static std::string Head(int code, const EngineHeaders& headers) {
    const beast::string_view reason =
        http::obsolete_reason(http::int_to_status(static_cast<unsigned>(code)));
    std::string text = absl::StrCat(
        "HTTP/1.1 ", code, " ", absl::string_view(reason.data(), reason.size()), "\r\n",
        "Api-Version: ", kNewestApi.str(), "\r\n",
        "Docker-Experimental: false\r\nOstype: linux\r\n", "Server: Docker/berth (linux)\r\n");
    for (const auto& [name, value] : headers) {
      absl::StrAppend(&text, name, ": ", value, "\r\n");
    }
    return text;
  }

  bool failed() const {
    absl::MutexLock lock(&mutex_);
    return failed_;
  }

  void WriteAll(absl::string_view text) {
    absl::MutexLock lock(&mutex_);
    while (!failed_ && !text.empty()) {
      const ssize_t count = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EINTR) {  // EAGAIN: kEngineSendTime has passed
        failed_ = true;
        shutdown(socket_, SHUT_RDWR);  // whoever waits for the client's end sees it
      }
      text.remove_prefix(count > 0 ? static_cast<size_t>(count) : 0);
    }
  }

  const int socket_;
  SocketReader& reader_;
  beast::flat_buffer& buffer_;
  Parser& parser_;
  const Call call_;
  EngineRequest request_;
  std::string piece_;
  bool answered_ = false;
  bool is_stream_ = false;
  bool hijacked_ = false;
  bool continued_ = false;
  mutable absl::Mutex mutex_;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
};

// One request and its answer; whether there may be another.
bool ServeOne(int socket, SocketReader& reader, beast::flat_buffer& buffer,
              absl::FunctionRef<void(Exchange&)> serve) {
  Parser parser;
  parser.header_limit(kMaxEngineHead);
  parser.body_limit(std::numeric_limits<uint64_t>::max());  // handlers have limits of their own
  reader.SetDeadline(SteadyNow() + kEngineIdle);
  if (buffer.size() == 0 && !reader.Await()) {
    return false;
  }
  reader.SetDeadline(SteadyNow() + kEngineHeadTime);
  ErrorCode error;
  http::read_header(reader, buffer, parser, error);
  reader.BeginBody();
  if (error == http::error::end_of_stream || error == asio::error::eof ||
      error == asio::error::timed_out) {
    return false;
  }
  HttpExchange exchange(socket, reader, buffer, parser);
  absl::Status read = error ? absl::InvalidArgumentError(error.message())
                            : ReadHead(parser, exchange.mutable_request());
  if (read.ok() && parser.get().count(http::field::transfer_encoding) > 0 && !parser.chunked()) {
    // What it ends with cannot be known: it must not be taken for the next request (RFC 9112, 6.3).
    read = absl::UnimplementedError("of transfer encodings only chunked is understood");
  }
  if (!read.ok()) {
    exchange.Send(HttpCodeOf(read), {{"Content-Type", "application/json"}, {"Connection", "close"}},
                  ErrorBody(read) + "\n");
    return false;
  }
  serve(exchange);
  reader.TakeDescriptor();  // nobody wanted it
  return exchange.Finish();
}

// A client that is still sending must be able to read why nobody wants it.
void Drain(int socket, SocketReader& reader) {
  constexpr absl::Duration kDrainTime = absl::Seconds(2);
  shutdown(socket, SHUT_WR);
  reader.SetDeadline(SteadyNow() + kDrainTime);
  char ignored[16 << 10];
  ErrorCode error;
  while (!error) {
    reader.read_some(asio::buffer(ignored), error);
  }
}

}  // namespace

void ServeConnection(const sys::Fd& socket, absl::FunctionRef<void(Exchange&)> serve,
                     absl::Duration body_idle) {
  const timeval patience = absl::ToTimeval(kEngineSendTime);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  SocketReader reader(socket.get(), body_idle);
  beast::flat_buffer buffer(2 * kMaxEngineHead);
  while (ServeOne(socket.get(), reader, buffer, serve)) {
  }
  Drain(socket.get(), reader);
  shutdown(socket.get(), SHUT_RDWR);
}

}  // namespace berth::cri
