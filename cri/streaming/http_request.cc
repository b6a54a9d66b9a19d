// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/http_request.h"

#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/status.hpp"

namespace berth::cri {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::chrono::seconds kRequestTime{30};

class RequestReader final : public PendingRequest,
                            public std::enable_shared_from_this<RequestReader> {
 public:
  RequestReader(asio::io_context& loop, TcpSocket socket,
                std::function<void(std::optional<ReceivedRequest>)> done)
      : socket_(std::move(socket)), timer_(loop), done_(std::move(done)) {
    parser_.header_limit(kMaxRequestHead);
  }

  void Drop() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }

  void Start() {
    timer_.expires_after(kRequestTime);
    timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) {
        self->Drop();
      }
    });
    http::async_read_header(
        socket_, buffer_, parser_,
        [self = shared_from_this()](const ErrorCode& error, size_t) { self->OnHead(error); });
  }

 private:
  void OnHead(const ErrorCode& error) {
    timer_.cancel();
    if (error || !socket_.is_open()) {
      done_(std::nullopt);
      return;
    }
    const auto rest = buffer_.cdata();
    done_(ReceivedRequest{parser_.release(), std::move(socket_),
                          std::string(static_cast<const char*>(rest.data()), rest.size())});
  }

  TcpSocket socket_;
  asio::steady_timer timer_;
  const std::function<void(std::optional<ReceivedRequest>)> done_;
  beast::flat_buffer buffer_{kMaxRequestHead * 2};
  http::request_parser<http::empty_body> parser_;
};

std::vector<std::string> Values(const UpgradeRequest& request, absl::string_view name) {
  std::vector<std::string> values;
  const auto [first, last] = request.equal_range(beast::string_view(name.data(), name.size()));
  for (auto header = first; header != last; ++header) {
    const absl::string_view all(header->value().data(), header->value().size());
    for (const absl::string_view value : absl::StrSplit(all, ',')) {
      if (const absl::string_view bare = absl::StripAsciiWhitespace(value); !bare.empty()) {
        values.emplace_back(bare);
      }
    }
  }
  return values;
}

}  // namespace

std::shared_ptr<PendingRequest> ReceiveRequest(
    asio::io_context& loop, TcpSocket socket,
    std::function<void(std::optional<ReceivedRequest>)> done) {
  auto reader = std::make_shared<RequestReader>(loop, std::move(socket), std::move(done));
  reader->Start();
  return reader;
}

std::optional<StreamPath> ParseStreamPath(absl::string_view target) {
  target = target.substr(0, target.find('?'));
  if (!absl::ConsumePrefix(&target, "/")) {
    return std::nullopt;
  }
  const std::vector<std::string> parts = absl::StrSplit(target, '/');
  if (parts.size() != 2) {
    return std::nullopt;
  }
  return StreamPath{parts[0], parts[1]};
}

UpgradeHeaders UpgradeHeadersOf(const UpgradeRequest& request) {
  return {.connection = Values(request, "Connection"),
          .upgrade = Values(request, "Upgrade"),
          .stream_protocols = Values(request, "X-Stream-Protocol-Version"),
          .websocket_protocols = Values(request, "Sec-WebSocket-Protocol")};
}

std::string FormatResponse(HttpStatus status, const HttpHeaders& headers, absl::string_view body) {
  const beast::string_view reason = http::obsolete_reason(status);
  std::string text = absl::StrCat("HTTP/1.1 ", static_cast<unsigned>(status), " ",
                                  absl::string_view(reason.data(), reason.size()), "\r\n");
  for (const auto& [name, value] : headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  if (!body.empty()) {
    absl::StrAppend(&text, "Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n",
                    "Content-Length: ", body.size(), "\r\n");
  }
  absl::StrAppend(&text, "\r\n", body);
  return text;
}

}  // namespace berth::cri
