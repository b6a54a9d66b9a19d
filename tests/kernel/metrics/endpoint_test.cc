// SPDX-License-Identifier: Apache-2.0
#include "metrics/endpoint.h"

#include <sched.h>
#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/file.h"
#include "base/json.h"
#include "metrics/listen_address.h"
#include "metrics/metrics.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::metrics {
namespace {

using test::IsOk;

constexpr char kAddress[] = "127.0.0.1:9477";  // as in deploy/monitoring/prometheus.yml
constexpr char kPrometheus[] = "127.0.0.1:9090";
constexpr size_t kMaxText = 1 << 20;

// The body of the answer, empty when nobody answers.
std::string Get(const std::string& address, const std::string& path) {
  ListenAddress peer = *ParseListenAddress(address);
  sys::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n");
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&peer.storage), peer.size) != 0 ||
      send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return "";
  }
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = recv(socket.get(), buffer, sizeof(buffer), 0)) > 0;) {
    text.append(buffer, static_cast<size_t>(size));
  }
  const size_t head = text.find("\r\n\r\n");
  return head == std::string::npos ? "" : text.substr(head + 4);
}

// What Prometheus answers to a query, as soon as it has a value for it.
Json Query(const std::string& query) {
  const absl::Time deadline = SteadyNow() + absl::Seconds(40);
  while (SteadyNow() < deadline) {
    auto answer = ParseJson(Get(kPrometheus, "/api/v1/query?query=" + query), kMaxText);
    if (answer.ok() && !JsonArray(JsonObject(*answer, "data"), "result").empty()) {
      return JsonArray(JsonObject(*answer, "data"), "result")[0];
    }
    sched_yield();
  }
  return Json();
}

// Debian's Prometheus with the configuration that we ship, but for the interval.
class Prometheus {
 public:
  Prometheus() {
    for (const char* name : {"prometheus.yml", "alerts.yml"}) {
      auto text = ReadFile(absl::StrCat(BERTH_SOURCE_DIR, "/deploy/monitoring/", name), kMaxText);
      EXPECT_THAT(text, IsOk());
      dir_.Write(name,
                 absl::StrReplaceAll(*text, {{"scrape_interval: 15s", "scrape_interval: 1s"}}));
    }
    thread_ = std::thread([this] {
      Command command;
      command.arguments = {"/usr/bin/prometheus", "--config.file=" + dir_.Join("prometheus.yml"),
                           "--storage.tsdb.path=" + dir_.Join("data"),
                           absl::StrCat("--web.listen-address=", kPrometheus)};
      command.environment = {"PATH=/usr/bin:/bin"};
      const Call call(absl::InfiniteFuture(), [this] { return stop_.load(); });
      auto result = RunCommand(call, command);
      EXPECT_TRUE(absl::IsCancelled(result.status())) << (result.ok() ? result->err : "");
    });
  }
  ~Prometheus() {
    stop_ = true;
    thread_.join();
  }
  Prometheus(const Prometheus&) = delete;
  Prometheus& operator=(const Prometheus&) = delete;

 private:
  test::TempDir dir_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

KERNEL_TEST(EndpointKernel, IsScrapedByPrometheus) {
  Metrics metrics;
  metrics.cni_seconds.Add({{"command", "ADD"}}, LatencyBuckets()).Observe(0.03);
  auto endpoint = Endpoint::Start(kAddress, metrics);
  ASSERT_THAT(endpoint, IsOk());
  Prometheus prometheus;
  EXPECT_EQ(Query("up%7Bjob=%22berth%22%7D%3E0")["value"][1], "1");
  EXPECT_EQ(Query("berth_cni_seconds_count")["metric"]["command"], "ADD");
  EXPECT_EQ(Query("berth_build_info")["metric"]["job"], "berth");
}

}  // namespace
}  // namespace berth::metrics
