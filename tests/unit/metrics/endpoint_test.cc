// SPDX-License-Identifier: Apache-2.0
#include "metrics/endpoint.h"

#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "metrics/container_metrics.h"
#include "metrics/http_message.h"
#include "metrics/listen_address.h"
#include "metrics/metrics.h"

namespace berth::metrics {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::unique_ptr<Endpoint> StartEndpoint(const Metrics& metrics, Sources more = {}) {
  auto endpoint = Endpoint::Start("127.0.0.1:0", metrics, std::move(more));
  EXPECT_TRUE(endpoint.ok()) << endpoint.status();
  return *std::move(endpoint);
}

sys::Fd Connect(const Endpoint& endpoint) {
  auto address = ParseListenAddress(endpoint.address());
  EXPECT_TRUE(address.ok());
  sys::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&address->storage), address->size),
            0);
  return socket;
}

void Send(const sys::Fd& socket, absl::string_view text) {
  EXPECT_EQ(send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

std::string ReceiveAll(const sys::Fd& socket) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t size = recv(socket.get(), buffer, sizeof(buffer), 0);
    if (size <= 0) {
      return text;
    }
    text.append(buffer, static_cast<size_t>(size));
  }
}

std::string Get(const Endpoint& endpoint, absl::string_view request) {
  sys::Fd socket = Connect(endpoint);
  Send(socket, request);
  return ReceiveAll(socket);
}

TEST(Endpoint, ServesTheRegistryAndTheProcess) {
  Metrics metrics;
  metrics.rpcs.Add({{"method", "Version"}, {"code", "OK"}}).Increment(3);
  auto endpoint = StartEndpoint(metrics);
  const std::string page = Get(*endpoint, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(page, HasSubstr("# TYPE berth_rpcs_total counter\n"));
  EXPECT_THAT(page, HasSubstr("berth_rpcs_total{code=\"OK\",method=\"Version\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(page, HasSubstr("berth_build_info{version=\""));
}

TEST(Endpoint, ServesMoreSources) {
  Metrics metrics;
  auto endpoint = StartEndpoint(metrics, {std::make_shared<ContainerMetrics>([] {
                                  NodeSample sample;
                                  sample.containers.push_back({"ns", "web", "app", 1, 2, 3, 4, 5});
                                  return sample;
                                })});
  EXPECT_THAT(
      Get(*endpoint, "GET /metrics HTTP/1.1\r\n\r\n"),
      HasSubstr("berth_container_processes{namespace=\"ns\",pod=\"web\",container=\"app\"} 5\n"));
}

TEST(Endpoint, TakesARequestInPieces) {
  Metrics metrics;
  auto endpoint = StartEndpoint(metrics);
  sys::Fd socket = Connect(*endpoint);
  Send(socket, "GET /met");
  Send(socket, "rics HTTP/1.1\r\n");
  Send(socket, "\r\n");
  EXPECT_THAT(ReceiveAll(socket), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Endpoint, RefusesOtherRequests) {
  Metrics metrics;
  auto endpoint = StartEndpoint(metrics);
  EXPECT_THAT(Get(*endpoint, "GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get(*endpoint, "POST /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Get(*endpoint, "\x16\x03\x01\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Get(*endpoint, std::string(kMaxRequestHead, 'x')), StartsWith("HTTP/1.1 431 "));
}

TEST(Endpoint, IdleClientsDoNotStopOthers) {
  Metrics metrics;
  auto endpoint = StartEndpoint(metrics);
  std::vector<sys::Fd> idle;
  for (int i = 0; i < 8; ++i) {
    idle.push_back(Connect(*endpoint));
  }
  EXPECT_THAT(Get(*endpoint, "GET /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST(Endpoint, ServesManyClientsAtOnce) {
  Metrics metrics;
  auto endpoint = StartEndpoint(metrics);
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&endpoint] {
      for (int j = 0; j < 5; ++j) {
        EXPECT_THAT(Get(*endpoint, "GET /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
}

TEST(Endpoint, EndsWithItsClientsStillConnected) {
  Metrics metrics;
  auto endpoint = StartEndpoint(metrics);
  sys::Fd socket = Connect(*endpoint);
  Send(socket, "GET /metr");
  endpoint.reset();
  EXPECT_EQ(ReceiveAll(socket), "");
}

TEST(Endpoint, SaysWhyItCannotListen) {
  Metrics metrics;
  EXPECT_TRUE(absl::IsInvalidArgument(Endpoint::Start("nowhere", metrics).status()));
  auto first = StartEndpoint(metrics);
  EXPECT_THAT(std::string(Endpoint::Start(first->address(), metrics).status().message()),
              HasSubstr("bind: Address already in use"));
}

}  // namespace
}  // namespace berth::metrics
