// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "base/sys/file.h"

namespace berth::cli {

// Answers one client with `answer` once its request has ended with `end`.
class Engine {
 public:
  Engine(const std::string& path, std::string end, std::string answer) {
    listener_ = sys::Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    thread_ = std::thread([this, end = std::move(end), answer = std::move(answer)] {
      const sys::Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char byte = 0;
      while (!absl::EndsWith(request_, end) && read(client.get(), &byte, 1) == 1) {
        request_ += byte;
      }
      EXPECT_TRUE(sys::WriteAll(client.get(), answer.data(), answer.size()).ok());
    });
  }

  ~Engine() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  // What the client has sent, when it has been answered.
  std::string Request() {
    thread_.join();
    return request_;
  }

 private:
  sys::Fd listener_;
  std::string request_;
  std::thread thread_;
};

}  // namespace berth::cli
