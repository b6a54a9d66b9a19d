// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/streaming_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"

#include "cri/streaming/command_status.h"
#include "tests/kernel/cri/streaming/process_under_test.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/streaming/spdy_client.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Kind = runtime::ProcessSession::Kind;

constexpr char kSpdy[] =
    "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n";

const std::vector<SpdyHeaders> kExecStreams = {{{"streamtype", "error"}},
                                               {{"streamtype", "stdout"}}};

// A plain socket whose reads end after a while.
class Peer {
 public:
  explicit Peer(const std::string& url) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    absl::string_view rest = url;
    EXPECT_TRUE(absl::ConsumePrefix(&rest, "http://127.0.0.1:"));
    const std::pair<std::string, std::string> parts = absl::StrSplit(rest, absl::MaxSplits('/', 1));
    path_ = "/" + parts.second;
    uint32_t port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(parts.first, &port));
    const timeval patience = {.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }

  void Send(const std::string& bytes) const {
    EXPECT_EQ(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // What has come; empty at the end.
  std::string Read() const {
    char space[64 << 10];
    const ssize_t n = recv(socket_.get(), space, sizeof(space), 0);
    EXPECT_GE(n, 0);
    return std::string(space, n > 0 ? static_cast<size_t>(n) : 0);
  }
  std::string ReadToEnd() const {
    std::string all;
    for (std::string piece = Read(); !piece.empty(); piece = Read()) {
      all += piece;
    }
    return all;
  }
  void Ask(const std::string& headers, const std::string& method = "POST") const {
    Send(method + " " + path_ + " HTTP/1.1\r\nHost: node\r\n" + headers + "\r\n");
  }
  // The head of the answer. It is sent before anything else.
  std::string Head() const {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      const std::string piece = Read();
      if (piece.empty()) {
        break;
      }
      head += piece;
    }
    return head;
  }

 private:
  const sys::Fd socket_;
  std::string path_;
};

// Opens a stream for each of the headers and gives the first `count` lines that come.
Lines Talk(const Peer& peer, const std::vector<SpdyHeaders>& streams, size_t count) {
  SpdyClient client;
  uint32_t stream = 1;
  for (const SpdyHeaders& headers : streams) {
    peer.Send(client.Open(stream, headers));
    stream += 2;
  }
  Lines said;
  for (std::string piece = peer.Read(); !piece.empty(); piece = peer.Read()) {
    for (const std::string& line : client.Read(piece)) {
      said.push_back(line);
    }
    if (said.size() >= count) {
      break;
    }
  }
  return said;
}

// The whole answer to a request that is refused.
std::string Refusal(const std::string& url, const std::string& headers,
                    const std::string& method = "POST") {
  const Peer peer(url);
  peer.Ask(headers, method);
  return peer.ReadToEnd();
}

class StreamingServerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(server, StreamingServer::Start({}, runtime)); }

  std::string OfferExec() {
    return server->Offer(ExecStreams{"p1", "c1", {"sh"}, {.output = true}}).value_or("");
  }

  test::FakePodRuntime runtime;
  std::unique_ptr<StreamingServer> server;
};

TEST_F(StreamingServerTest, ServesAnExecOverSpdy) {
  ProcessUnderTest process = ProcessUnderTest::In(runtime, Kind::kExec);
  const Peer peer(OfferExec());
  peer.Ask(kSpdy);
  EXPECT_EQ(peer.Head(),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n");
  process.Print("out");
  process.Exit(0);
  process.CloseOutput();
  EXPECT_THAT(Talk(peer, kExecStreams, 5), ElementsAre("reply 1", "reply 3", "data 3 out",
                                                       "data 3 fin ", StartsWith("data 1 fin ")));
  EXPECT_EQ(peer.Read(), "");
  server.reset();
  EXPECT_THAT(runtime.calls, ElementsAre("Exec c1 sh"));
}

TEST_F(StreamingServerTest, ServesATokenOnceAndForWhatItWasGiven) {
  const std::string url = OfferExec();
  const std::string not_found = "HTTP/1.1 404 Not Found\r\n";
  EXPECT_THAT(Refusal(url.substr(0, url.rfind('/')) + "/0123", kSpdy), StartsWith(not_found));
  EXPECT_THAT(Refusal(url.substr(0, url.rfind('/')), kSpdy), StartsWith(not_found));
  EXPECT_THAT(Refusal(url, ""), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Refusal(url, kSpdy), StartsWith(not_found));
  std::string attach = OfferExec();
  attach.replace(attach.find("exec"), 4, "attach");
  EXPECT_THAT(Refusal(attach, kSpdy), StartsWith(not_found));
}

TEST_F(StreamingServerTest, SaysWhichProtocolsItHas) {
  const std::string answer =
      Refusal(OfferExec(),
              "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: "
              "v9.channel.k8s.io\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Accepted-Stream-Protocol-Versions: channel.k8s.io\r\n"));
}

TEST_F(StreamingServerTest, TakesNoOtherMethod) {
  EXPECT_THAT(Refusal(OfferExec(), kSpdy, "PUT"),
              StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
}

TEST_F(StreamingServerTest, SpeaksWebSocketToWhoAsksForIt) {
  const ProcessUnderTest process = ProcessUnderTest::In(runtime, Kind::kAttach);
  const absl::StatusOr<std::string> url =
      server->Offer(AttachStreams{"p1", "c1", {.output = true}});
  ASSERT_THAT(url, IsOk());
  const Peer peer(*url);
  peer.Ask(
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n",
      "GET");
  const std::string head = peer.Head();
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n"));
}

TEST_F(StreamingServerTest, ForwardsPorts) {
  runtime.pods.emplace_back().id = "p1";
  runtime.pods.back().state = runtime::v1::SANDBOX_READY;
  runtime.failures["OpenSockets"] = absl::UnavailableError("no shim");
  const absl::StatusOr<std::string> url = server->Offer(ForwardPorts{"p1", {}});
  ASSERT_THAT(url, IsOk());
  const Peer peer(*url);
  peer.Ask(
      "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
      "X-Stream-Protocol-Version: portforward.k8s.io\r\n");
  peer.Head();
  EXPECT_THAT(
      Talk(peer,
           {{{"streamtype", "error"}, {"port", "80"}}, {{"streamtype", "data"}, {"port", "80"}}},
           4),
      ElementsAre("reply 1", "reply 3", StartsWith("data 1 fin "), "reset 3 5"));
}

TEST_F(StreamingServerTest, DropsItsClientsWhenItEnds) {
  const ProcessUnderTest process = ProcessUnderTest::In(runtime, Kind::kExec);
  const Peer asks_nothing(OfferExec());
  const Peer opens_nothing(OfferExec());
  opens_nothing.Ask(kSpdy);
  opens_nothing.Head();
  const Peer peer(OfferExec());
  peer.Ask(kSpdy);
  peer.Head();
  process.Print("out");
  EXPECT_THAT(Talk(peer, kExecStreams, 3), ElementsAre("reply 1", "reply 3", "data 3 out"));
  server.reset();
  EXPECT_TRUE(process.IsReleased());
  for (const Peer* each : {&asks_nothing, &opens_nothing, &peer}) {
    EXPECT_EQ(each->Read(), "");
  }
}

TEST(StreamingServer, RefusesAnAddressThatItCannotHave) {
  test::FakePodRuntime runtime;
  EXPECT_THAT(StreamingServer::Start({.address = "somewhere"}, runtime),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(StreamingServer::Start({.address = "192.0.2.1:0"}, runtime),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("Cannot assign")));
}

}  // namespace
}  // namespace berth::cri
