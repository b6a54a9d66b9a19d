// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/loopback_connect.h"

#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/sys/socket.h"
#include "boost/asio/post.hpp"

namespace berth::cri {
namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds kConnectTime{10};

class LoopbackConnect final : public PendingConnect,
                              public std::enable_shared_from_this<LoopbackConnect> {
 public:
  LoopbackConnect(asio::io_context& loop, std::vector<sys::Fd> sockets, uint16_t port,
                  std::function<void(absl::StatusOr<sys::Fd>)> done)
      : sockets_(std::move(sockets)),
        port_(port),
        done_(std::move(done)),
        socket_(loop),
        timer_(loop) {}

  void Start() {
    timer_.expires_after(kConnectTime);
    timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) {
        self->GiveUp("timed out");
      }
    });
    TryNext();
  }

  void Drop() override { GiveUp("dropped"); }

 private:
  void GiveUp(const char* why) {
    NoteFailure(why);
    next_ = sockets_.size();
    ErrorCode ignored;
    socket_.close(ignored);
  }

  void NoteFailure(const std::string& why) {
    if (absl::IsUnknown(outcome_.status())) {
      outcome_ = absl::UnavailableError(absl::StrCat("connect: ", why));
    }
  }

  void TryNext() {
    if (next_ == sockets_.size()) {
      timer_.cancel();
      asio::post(socket_.get_executor(),
                 [self = shared_from_this()] { self->done_(std::move(self->outcome_)); });
      return;
    }
    sys::Fd& fd = sockets_[next_++];
    const bool is_ipv6 = FamilyOf(fd.get()) == AF_INET6;
    ErrorCode error;
    socket_.assign(is_ipv6 ? tcp::v6() : tcp::v4(), fd.get(), error);
    if (error) {  // an object that is not open would connect from the namespace that we are in
      NoteFailure(error.message());
      TryNext();
      return;
    }
    (void)fd.Release();
    const asio::ip::address address = is_ipv6 ? asio::ip::address(asio::ip::address_v6::loopback())
                                              : asio::ip::address(asio::ip::address_v4::loopback());
    socket_.async_connect({address, port_}, [self = shared_from_this()](const ErrorCode& result) {
      self->OnConnected(result);
    });
  }

  void OnConnected(const ErrorCode& result) {
    ErrorCode ignored;
    if (!result) {
      outcome_ = sys::Fd(socket_.release(ignored));
      next_ = sockets_.size();
    } else {
      NoteFailure(result.message());
      socket_.close(ignored);
    }
    TryNext();
  }

  static int FamilyOf(int fd) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    return getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? address.ss_family
                                                                              : AF_INET;
  }

  std::vector<sys::Fd> sockets_;
  const uint16_t port_;
  const std::function<void(absl::StatusOr<sys::Fd>)> done_;
  TcpSocket socket_;
  asio::steady_timer timer_;
  size_t next_ = 0;
  absl::StatusOr<sys::Fd> outcome_;
};

}  // namespace

std::shared_ptr<PendingConnect> ConnectToLoopback(
    asio::io_context& loop, std::vector<sys::Fd> sockets, uint16_t port,
    std::function<void(absl::StatusOr<sys::Fd>)> done) {
  auto connect = std::make_shared<LoopbackConnect>(loop, std::move(sockets), port, std::move(done));
  connect->Start();
  return connect;
}

}  // namespace berth::cri
