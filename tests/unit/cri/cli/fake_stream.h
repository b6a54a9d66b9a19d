// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/buffers_to_string.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/websocket/stream.hpp"

namespace berth::cli {

inline constexpr char kSuccess[] = "\3{\"metadata\":{},\"status\":\"Success\"}";

// The daemon's end of a stream, for one client: `script` says what it does, on a thread of its own.
// The destructor waits for its end.
class FakeStream {
 public:
  using Script = std::function<void(FakeStream&)>;

  explicit FakeStream(const Script& script) {
    thread_ = std::thread([this, script] {
      boost::system::error_code nobody_came;
      acceptor_.accept(stream_.next_layer(), nobody_came);
      if (nobody_came) {
        return;
      }
      boost::beast::flat_buffer buffer;
      boost::beast::http::request<boost::beast::http::empty_body> request;
      boost::beast::http::read(stream_.next_layer(), buffer, request);
      asked_for_ = absl::StrCat(std::string(request.target()), " ",
                                std::string(request["Sec-WebSocket-Protocol"]));
      stream_.binary(true);
      stream_.accept(request);
      script(*this);
      stream_.next_layer().close();
    });
  }
  ~FakeStream() {
    shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }
  FakeStream(const FakeStream&) = delete;
  FakeStream& operator=(const FakeStream&) = delete;
  FakeStream(FakeStream&&) = delete;
  FakeStream& operator=(FakeStream&&) = delete;

  std::string Url() const {
    return absl::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), "/exec/token");
  }

  // For the script.
  void Send(absl::string_view message) {
    stream_.write(boost::asio::buffer(message.data(), message.size()));
  }
  // The client's next message; "gone" when there is none.
  std::string Receive() {
    boost::beast::flat_buffer message;
    boost::system::error_code error;
    stream_.read(message, error);
    return error ? "gone" : boost::beast::buffers_to_string(message.data());
  }
  const std::string& asked_for() const { return asked_for_; }  // the path and the protocol
  void Close() { stream_.close(boost::beast::websocket::close_code::normal); }

 private:
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::acceptor acceptor_{loop_, {boost::asio::ip::address_v4::loopback(), 0}};
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_{loop_};
  std::string asked_for_;
  std::thread thread_;
};

}  // namespace berth::cli
