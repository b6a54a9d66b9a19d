// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/socket.h"

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

TEST(EngineConnection, ADescriptorComesWithTheBody) {
  sys::ErrnoOr<sys::SocketPair> pair = sys::MakeSocketPair(SOCK_STREAM);
  ASSERT_TRUE(pair.ok());
  std::vector<bool> came;
  std::thread server([&] {
    ServeConnection(pair->second, [&came](Exchange& exchange) {
      EXPECT_TRUE(exchange.ReadBody(1).ok());
      came.push_back(exchange.TakeDescriptor().is_open());
      exchange.Send(200, {}, "");
    });
  });
  const auto ask = [&](bool with) {
    const absl::string_view head = "POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\n";
    EXPECT_TRUE(sys::WriteAll(pair->first.get(), head.data(), head.size()).ok());
    const int descriptors[] = {pair->first.get()};
    EXPECT_TRUE(
        sys::SendPacket(pair->first.get(), " ", 1, {descriptors, with ? 1u : 0u}, sys::kNoDeadline)
            .ok());
    std::string answer;
    char byte = 0;
    while (!absl::EndsWith(answer, "\r\n\r\n") && read(pair->first.get(), &byte, 1) == 1) {
      answer += byte;
    }
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  };
  ask(true);
  ask(false);  // it is of the request alone
  pair->first = sys::Fd();
  server.join();
  EXPECT_THAT(came, testing::ElementsAre(true, false));
}

}  // namespace
}  // namespace berth::cri
