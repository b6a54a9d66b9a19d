// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A client whose requests are served by sending their bodies back.
class ConnectionUnderTest {
 public:
  ConnectionUnderTest() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client_ = sys::Fd(ends[0]);
    server_ = sys::Fd(ends[1]);
    thread_ = std::thread([this] {
      ServeConnection(
          server_,
          [](Exchange& exchange) {
            const auto body = exchange.ReadBody(100);
            exchange.Send(body.ok() ? 200 : 400, {},
                          body.ok() ? *body : std::string(body.status().message()));
          },
          absl::Milliseconds(50));
      server_ = sys::Fd();
    });
  }
  ~ConnectionUnderTest() {
    client_ = sys::Fd();
    thread_.join();
  }

  void Say(absl::string_view text) const {
    EXPECT_EQ(write(client_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Until the server ends the connection, or it ends with `last`.
  std::string Hear(absl::string_view last = "\r\n\r\n\r\n") const {
    std::string heard;
    char piece[4096];
    for (ssize_t count = 1; count > 0 && !absl::EndsWith(heard, last);) {
      count = read(client_.get(), piece, sizeof(piece));
      heard.append(piece, count > 0 ? static_cast<size_t>(count) : 0);
    }
    return heard;
  }

 private:
  sys::Fd client_, server_;
  std::thread thread_;
};

TEST(EngineConnection, AnswersOneRequestAfterTheOther) {
  const ConnectionUnderTest t;
  t.Say("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_THAT(t.Hear("body"), StartsWith("HTTP/1.1 200 OK\r\n"));
  t.Say("POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n1\r\nw\r\n0\r\n\r\n");
  EXPECT_THAT(t.Hear("now"), EndsWith("\r\n\r\nnow"));
}

TEST(EngineConnection, ABodyThatDoesNotComeEndsIt) {
  const ConnectionUnderTest t;
  t.Say("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbo");
  const std::string heard = t.Hear();
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(heard, HasSubstr("the request's body: nothing came for 50ms"));
}

}  // namespace
}  // namespace berth::cri
