// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/upstream_query.h"

#include "gmock/gmock.h"

#include "tests/unit/cri/engine_api/networks/dns_under_test.h"

namespace berth::cri {
namespace {

TEST(UpstreamQuery, ServersAreThoseOfResolvConf) {
  std::vector<std::string> servers;
  for (const IpAddress& each : ServersOf(
           {.servers = {"10.0.0.1", "fd00::1", "none", "fe80::1%eth0", "10.0.0.2", "10.0.0.3"},
 .searches = {},
 .options = {}})) {
    servers.push_back(each.str());
  }
  EXPECT_THAT(servers, ::testing::ElementsAre("10.0.0.1", "fd00::1", "10.0.0.2"));
}

TEST(UpstreamQuery, NobodyToAskIsNoAnswer) {
  asio::io_context loop;
  std::vector<std::string> answers;
  const std::string message = Question("a", DnsType::kA);
  AskUpstream(loop, {}, *ParseDnsQuery(message).query, message, false,
              [&](const std::string& answer) { answers.push_back(answer); });
  loop.run();
  EXPECT_THAT(answers, ::testing::ElementsAre(""));
}

// To a port where nobody listens: the kernel says so at once.
TEST(UpstreamQuery, AServerThatIsNotThereIsPassedOver) {
  asio::io_context loop;
  asio::ip::tcp::acceptor taken(loop, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const uint16_t port = taken.local_endpoint().port();
  taken.close();
  for (const bool by_tcp : {false, true}) {
    std::vector<std::string> answers;
    const std::string message = Question("a", DnsType::kA);
    AskUpstream(loop, {{*ParseIpAddress("127.0.0.1"), *ParseIpAddress("127.0.0.2")}, port},
                *ParseDnsQuery(message).query, message, by_tcp,
                [&](const std::string& answer) { answers.push_back(answer); });
    loop.restart();
    loop.run();
    EXPECT_THAT(answers, ::testing::ElementsAre(""));
  }
}

}  // namespace
}  // namespace berth::cri
