// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/pipe.h"
#include "cri/streaming/asio.h"

namespace berth::cri {

// A loop that a test turns itself, and descriptors for it.
class LoopTest : public ::testing::Test {
 protected:
  LoopTest() { signal(SIGPIPE, SIG_IGN); }

  // Turns the loop until `condition` holds; false when it does not in time.
  bool RunUntil(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  // Turns the loop for as long as it has something to do at once.
  void RunReady() {
    loop.restart();
    while (loop.poll_one() > 0) {
    }
  }

  static sys::Pipe NewPipe() {
    sys::ErrnoOr<sys::Pipe> pipe = sys::MakePipe();
    fcntl(pipe->reader.get(), F_SETFL, O_NONBLOCK);
    fcntl(pipe->writer.get(), F_SETFL, O_NONBLOCK);
    return *std::move(pipe);
  }

  struct Connection {
    TcpSocket server;
    TcpSocket client;
  };
  Connection Connect() {
    asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    Connection made{TcpSocket(loop), TcpSocket(loop)};
    ErrorCode error;
    made.client.connect(acceptor.local_endpoint(), error);
    acceptor.accept(made.server, error);
    EXPECT_FALSE(error);
    return made;
  }

  // Turns the loop until `size` bytes have come, or the end before.
  std::string ReadFrom(int fd, size_t size) {
    std::string got;
    RunUntil([&] {
      ssize_t n = 0;
      do {
        char space[64 << 10];
        n = recv(fd, space, std::min(sizeof(space), size - got.size()), MSG_DONTWAIT);
        got.append(space, n > 0 ? static_cast<size_t>(n) : 0);
      } while (n > 0);
      return n == 0 || got.size() == size;
    });
    return got;
  }

  asio::io_context loop{1};
};

}  // namespace berth::cri
