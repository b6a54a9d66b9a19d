// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/tcp_transport.h"

#include <utility>

#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"

namespace berth::cri {
namespace {

constexpr size_t kReadSize = 64 << 10;

class TcpTransport final : public Transport {
 public:
  TcpTransport(asio::io_context& loop, TcpSocket socket, std::string received,
               std::chrono::seconds idle_timeout)
      : Transport(loop, idle_timeout), socket_(std::move(socket)), received_(std::move(received)) {}

 private:
  std::shared_ptr<TcpTransport> Self() {
    return std::static_pointer_cast<TcpTransport>(shared_from_this());
  }

  void BeginRead() override {
    if (!received_.empty()) {
      asio::post(socket_.get_executor(),
                 [self = Self()] { self->OnRead({}, std::exchange(self->received_, {})); });
      return;
    }
    space_.resize(kReadSize);
    socket_.async_read_some(asio::buffer(space_),
                            [self = Self()](const ErrorCode& error, size_t n) {
                              self->OnRead(error, absl::string_view(self->space_.data(), n));
                            });
  }

  void BeginWrite(const std::string& piece) override {
    asio::async_write(socket_, asio::buffer(piece),
                      [self = Self()](const ErrorCode& error, size_t) { self->OnWritten(error); });
  }

  // The peer's end of file, which a read finds, is its farewell.
  void BeginFarewell() override {
    ErrorCode ignored;
    socket_.shutdown(TcpSocket::shutdown_send, ignored);
  }

  TcpSocket& socket() override { return socket_; }

  TcpSocket socket_;
  std::string received_;
  std::string space_;
};

}  // namespace

std::shared_ptr<Transport> MakeTcpTransport(asio::io_context& loop, TcpSocket socket,
                                            std::string received,
                                            std::chrono::seconds idle_timeout) {
  return std::make_shared<TcpTransport>(loop, std::move(socket), std::move(received), idle_timeout);
}

}  // namespace berth::cri
