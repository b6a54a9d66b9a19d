// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "base/sys/fd.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/posix/stream_descriptor.hpp"
#include "boost/asio/steady_timer.hpp"

// Boost.Asio by our names. It is compiled in boost.cc, once and without exceptions: only the forms
// of its functions that take an ErrorCode are used.
namespace berth::cri {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using TcpSocket = asio::ip::tcp::socket;

// Puts an open descriptor into an object of Asio's; false, with the descriptor closed, when epoll
// does not take it.
inline bool Adopt(asio::posix::stream_descriptor& object, sys::Fd fd) {
  ErrorCode error;
  object.assign(fd.get(), error);
  if (!error) {
    (void)fd.Release();
  }
  return !error;
}

}  // namespace berth::cri
