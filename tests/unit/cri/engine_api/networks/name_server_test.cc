// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/sys/fd.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/networks/dns_under_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using ::testing::ElementsAre;

sockaddr_in Place(const char* address, uint16_t port) {
  sockaddr_in place = {};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  inet_pton(AF_INET, address, &place.sin_addr);
  return place;
}

sys::Fd Connect(int type, const char* from, uint16_t port) {
  sys::Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const timeval patience = {.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const sockaddr_in source = Place(from, 0), target = Place("127.0.0.1", port);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&source), sizeof(source)), 0);
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&target), sizeof(target)), 0);
  return socket;
}

std::string Receive(int socket) {
  std::string message(4096, '\0');
  const ssize_t size = recv(socket, message.data(), message.size(), 0);
  message.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return message;
}

// A server at 127.0.0.1 for those at 127.0.0.0/8, which passes on what it does not know to a socket
// of the test.
class NameServerTest : public ::testing::Test {
 protected:
  NameServerTest() {
    upstream = sys::Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const timeval patience = {.tv_sec = 20, .tv_usec = 0};
    setsockopt(upstream.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in place = Place("127.0.0.1", 0);
    socklen_t size = sizeof(place);
    EXPECT_EQ(bind(upstream.get(), reinterpret_cast<sockaddr*>(&place), size), 0);
    EXPECT_EQ(getsockname(upstream.get(), reinterpret_cast<sockaddr*>(&place), &size), 0);
    NameServerOptions options;
    options.resolv_conf = directory.Write("resolv.conf", "nameserver 127.0.0.1\n");
    options.upstream_port = ntohs(place.sin_port);
    auto started = NameServer::Start(options, names);
    EXPECT_THAT(started, IsOk());
    server = *std::move(started);
    names.Put("front", "c1", {"web.front", {"web"}, {*ParseIpAddress("10.0.0.2")}, {}});
    names.Put("front", "asker", Asker());
    port = Serve(Network("front", "127.0.0.0/8"));
  }

  // The container that the test is.
  static NamedContainer Asker() {
    NamedContainer asker = {"ask.front", {"ask"}, {*ParseIpAddress("127.0.0.1")}, {}};
    asker.addresses.push_back(*ParseIpAddress("127.0.0.2"));
    asker.has_way_out = true;
    return asker;
  }

  static ServedNetwork Network(const std::string& id, const char* subnet) {
    return {id, "lo", *ParseIpAddress("127.0.0.1"), *ParseIpPrefix(subnet), false};
  }

  // At a port that is free for both protocols: the one that UDP is given may be taken for TCP.
  uint16_t Serve(const ServedNetwork& network) {
    constexpr int kTries = 100;
    absl::StatusOr<uint16_t> served = absl::UnknownError("not tried");
    for (int i = 0; i < kTries && !served.ok(); ++i) {
      served = server->Serve(network, 0);
    }
    EXPECT_THAT(served, IsOk());
    return served.value_or(0);
  }
  std::string Ask(const std::string& question) {
    const sys::Fd socket = Connect(SOCK_DGRAM, "127.0.0.1", port);
    EXPECT_GT(send(socket.get(), question.data(), question.size(), 0), 0);
    return Receive(socket.get());
  }
  static std::string AskByTcp(int socket, const std::string& question) {
    const std::string message =
        std::string({static_cast<char>(question.size() >> 8), static_cast<char>(question.size())}) +
        question;
    EXPECT_GT(send(socket, message.data(), message.size(), 0), 0);
    const std::string answer = Receive(socket);
    return answer.size() < 2 ? "" : answer.substr(2);
  }
  // Answers one question that is passed on, with the address.
  void AnswerOnce(const char* address) {
    sockaddr_in from = {};
    socklen_t size = sizeof(from);
    std::string question(4096, '\0');
    const ssize_t got = recvfrom(upstream.get(), question.data(), question.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    ASSERT_GT(got, 0);
    question.resize(static_cast<size_t>(got));
    const DnsQuery query = ParseDnsQuery(question).query.value_or(DnsQuery());
    DnsQuery stranger = query;
    ++stranger.id;
    for (const DnsQuery& each : {stranger, query}) {
      const std::string answer = FormatAddresses(each, {*ParseIpAddress(address)}, 512);
      EXPECT_GT(sendto(upstream.get(), answer.data(), answer.size(), 0,
                       reinterpret_cast<sockaddr*>(&from), size),
                0);
      address = "10.9.9.9";
    }
  }

  test::TempDir directory;
  NameTable names;
  sys::Fd upstream;
  std::unique_ptr<NameServer> server;
  uint16_t port = 0;
};

TEST_F(NameServerTest, AnswersForItsNames) {
  EXPECT_THAT(AddressesIn(Ask(Question("WEB", DnsType::kA))), ElementsAre("10.0.0.2"));
  const std::string none = Ask(Question("web", DnsType::kAaaa));
  EXPECT_EQ(CodeOf(none), DnsCode::kNoError);
  EXPECT_TRUE(AddressesIn(none).empty());
  EXPECT_THAT(Ask(Question("2.0.0.10.in-addr.arpa", DnsType::kPtr)),
              ::testing::HasSubstr("\x03web\x05"
                                   "front"));
  const sys::Fd socket = Connect(SOCK_STREAM, "127.0.0.1", port);
  for (int i = 0; i < 2; ++i) {  // one after the other on the same connection
    EXPECT_THAT(AddressesIn(AskByTcp(socket.get(), Question("web", DnsType::kA))),
                ElementsAre("10.0.0.2"));
  }
}

TEST_F(NameServerTest, PassesOnTheRest) {
  std::thread other([&] { AnswerOnce("10.8.8.8"); });
  const std::string answer = Ask(Question("example.com", DnsType::kA, 0x4711));
  other.join();
  EXPECT_THAT(AddressesIn(answer), ElementsAre("10.9.9.9"));  // not the stranger's
  EXPECT_EQ(answer.substr(0, 2), "\x47\x11");
}

TEST_F(NameServerTest, PassesOnNothingForWhoHasNoWayOut) {
  NamedContainer asker = Asker();
  asker.has_way_out = false;
  names.Put("front", "asker", asker);
  const std::string question = Question("example.com", DnsType::kA);
  EXPECT_EQ(CodeOf(Ask(question)), DnsCode::kServerFailure);
  EXPECT_THAT(AddressesIn(Ask(Question("web", DnsType::kA))), ElementsAre("10.0.0.2"));
  const sys::Fd nobodys = Connect(SOCK_DGRAM, "127.0.0.3", port);
  ASSERT_GT(send(nobodys.get(), question.data(), question.size(), 0), 0);
  EXPECT_EQ(CodeOf(Receive(nobodys.get())), DnsCode::kServerFailure);
  char byte = 0;
  EXPECT_LT(recv(upstream.get(), &byte, 1, MSG_DONTWAIT), 0);
  asker.dns_servers = {"127.0.0.1"};  // that it reaches itself
  names.Put("front", "asker", asker);
  std::thread other([&] { AnswerOnce("10.8.8.8"); });
  EXPECT_THAT(AddressesIn(Ask(question)), ElementsAre("10.9.9.9"));
  other.join();
}

// As all are when the daemon starts.
TEST_F(NameServerTest, WhoIsNotKnownHasTheWayOutOfTheNetwork) {
  const std::string question = Question("example.com", DnsType::kA);
  ServedNetwork network = Network("other", "127.0.0.0/8");
  port = Serve(network);  // an internal one, of which the table knows nobody
  EXPECT_EQ(CodeOf(Ask(question)), DnsCode::kServerFailure);
  char byte = 0;
  EXPECT_LT(recv(upstream.get(), &byte, 1, MSG_DONTWAIT), 0);
  names.Put("other", "c1", {"web.other", {"web"}, {*ParseIpAddress("10.0.0.2")}, {}});
  server->Stop("other");
  network.has_way_out = true;
  port = Serve(network);
  std::thread other([&] { AnswerOnce("10.8.8.8"); });
  EXPECT_THAT(AddressesIn(Ask(question)), ElementsAre("10.9.9.9"));
  other.join();
}

TEST_F(NameServerTest, NobodyWhoAnswersIsAServerFailure) {
  upstream = sys::Fd();
  EXPECT_EQ(CodeOf(Ask(Question("example.com", DnsType::kA))), DnsCode::kServerFailure);
  const sys::Fd socket = Connect(SOCK_STREAM, "127.0.0.1", port);
  EXPECT_EQ(CodeOf(AskByTcp(socket.get(), Question("example.com", DnsType::kA))),
            DnsCode::kServerFailure);
}

TEST_F(NameServerTest, WhoAsksTooMuchTakesNothingFromOthers) {
  const sys::Fd greedy = Connect(SOCK_DGRAM, "127.0.0.2", port);
  for (size_t i = 0; i <= kMaxPendingDnsQueriesOfAsker; ++i) {
    const std::string question = Question(absl::StrCat("n", i, ".example"), DnsType::kA);
    ASSERT_GT(send(greedy.get(), question.data(), question.size(), 0), 0);
  }
  EXPECT_EQ(CodeOf(Receive(greedy.get())), DnsCode::kServerFailure);
  std::thread other([&] {
    for (size_t i = 0; i < kMaxPendingDnsQueriesOfAsker; ++i) {
      Receive(upstream.get());
    }
    AnswerOnce("10.8.8.8");  // the next one
  });
  EXPECT_THAT(AddressesIn(Ask(Question("example.com", DnsType::kA))), ElementsAre("10.9.9.9"));
  other.join();
}

TEST_F(NameServerTest, StrangersGetNothing) {
  port = Serve(Network("small", "127.0.0.8/29"));
  const std::string question = Question("web", DnsType::kA);
  const sys::Fd stranger = Connect(SOCK_DGRAM, "127.0.0.1", port);
  const sys::Fd member = Connect(SOCK_DGRAM, "127.0.0.9", port);
  names.Put("small", "c1", {"web.small", {"web"}, {*ParseIpAddress("10.0.0.2")}, {}});
  ASSERT_GT(send(stranger.get(), question.data(), question.size(), 0), 0);
  ASSERT_GT(send(member.get(), question.data(), question.size(), 0), 0);
  EXPECT_THAT(AddressesIn(Receive(member.get())), ElementsAre("10.0.0.2"));
  char byte = 0;
  EXPECT_LT(recv(stranger.get(), &byte, 1, MSG_DONTWAIT), 0);
  EXPECT_EQ(Receive(Connect(SOCK_STREAM, "127.0.0.1", port).get()), "");  // closed
}

// By whatever interface it has come: it is not the network's bridge.
TEST_F(NameServerTest, WhoComesInElsewhereGetsNothing) {
  ServedNetwork network = Network("other", "127.0.0.0/8");
  network.has_way_out = true;
  names.Put("other", "asker", Asker());
  const uint16_t at_home = port;
  for (const char* bridge : {"br-not-there", ""}) {
    network.bridge = bridge;
    port = Serve(network);
    const sys::Fd forger = Connect(SOCK_DGRAM, "127.0.0.1", port);
    for (const std::string& question :
         {Question("ask", DnsType::kA), Question("example.com", DnsType::kA)}) {
      ASSERT_GT(send(forger.get(), question.data(), question.size(), 0), 0);
    }
    EXPECT_EQ(Receive(Connect(SOCK_STREAM, "127.0.0.1", port).get()), "");  // closed
    // What is asked in its own network is passed on after all of those, by the same loop.
    port = at_home;
    std::thread other([&] { AnswerOnce("10.8.8.8"); });
    EXPECT_THAT(AddressesIn(Ask(Question("example.org", DnsType::kA))), ElementsAre("10.9.9.9"));
    other.join();
    char byte = 0;
    EXPECT_LT(recv(forger.get(), &byte, 1, MSG_DONTWAIT), 0);
    EXPECT_LT(recv(upstream.get(), &byte, 1, MSG_DONTWAIT), 0);
    server->Stop("other");
  }
}

TEST_F(NameServerTest, ANetworkIsServedOnce) {
  EXPECT_TRUE(absl::IsAlreadyExists(server->Serve(Network("front", "127.0.0.0/8"), 0).status()));
  EXPECT_TRUE(absl::IsUnavailable(server->Serve(Network("other", "127.0.0.0/8"), port).status()));
  server->Stop("front");
  server->Stop("front");
  EXPECT_NE(Serve(Network("front", "127.0.0.0/8")), 0);
}

}  // namespace
}  // namespace berth::cri
