// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_client.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/version.h"
#include "imageservice/registry/retry_policy.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::FakeAnswer;
using test::FakeRegistry;
using test::FakeRequest;
using test::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

HttpRequest Get(const FakeRegistry& registry, absl::string_view path = "/") {
  HttpRequest request;
  request.url = *Url::Parse(registry.Url(path));
  return request;
}

FakeRegistry::Handler Always(FakeAnswer answer) {
  return [answer](const FakeRequest&) { return answer; };
}

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClient http_{ProxySettings()};
};

TEST_F(HttpClientTest, GetsAnAnswer) {
  FakeRegistry registry(Always({.headers = {{"X-Word", " spaced "}}, .body = "body"}));
  HttpRequest request = Get(registry, "/v2/?a=b");
  request.headers = {{"Accept", "text/x"}, {"Authorization", "Bearer t"}};
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http_.Send(Call(), request));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "body");
  EXPECT_EQ(FindHeader(response.headers, "x-word"), "spaced");
  EXPECT_EQ(FindHeader(response.headers, "absent"), std::nullopt);
  ASSERT_EQ(registry.requests().size(), 1u);
  FakeRequest seen = registry.requests()[0];
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/v2/?a=b");
  EXPECT_EQ(seen.header("Accept"), "text/x");
  EXPECT_EQ(seen.header("Authorization"), "Bearer t");
  EXPECT_EQ(seen.header("User-Agent"), std::string("berth/") + kVersion);
  EXPECT_EQ(seen.header("Accept-Encoding"), "");
}

TEST_F(HttpClientTest, PostsABody) {
  FakeRegistry registry(Always({}));
  HttpRequest request = Get(registry);
  request.method = "POST";
  request.body = "a=b";
  EXPECT_TRUE(http_.Send(Call(), request).ok());
  EXPECT_EQ(registry.requests()[0].method, "POST");
  EXPECT_EQ(registry.requests()[0].body, "a=b");
}

TEST_F(HttpClientTest, AnyStatusIsAnAnswer) {
  FakeRegistry registry(Always({.status = 503, .body = "busy"}));
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http_.Send(Call(), Get(registry)));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "busy");
}

TEST_F(HttpClientTest, FollowsNothing) {
  FakeRegistry registry(Always({.status = 302, .headers = {{"Location", "/other"}}}));
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http_.Send(Call(), Get(registry)));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(registry.requests().size(), 1u);
}

TEST_F(HttpClientTest, KeepsItsConnection) {
  FakeRegistry registry(Always({.body = "x"}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(http_.Send(Call(), Get(registry)).ok());
  }
  EXPECT_EQ(registry.requests().size(), 3u);
  EXPECT_EQ(registry.connections(), 1u);
}

TEST_F(HttpClientTest, StreamsToTheSink) {
  const std::string body(1 << 20, 'z');
  FakeRegistry registry(Always({.status = 206, .headers = {{"X", "y"}}, .body = body}));
  HttpRequest request = Get(registry);
  std::string received;
  request.sink = [&](const HttpResponse& head, absl::string_view bytes) {
    EXPECT_EQ(head.status, 206);
    EXPECT_EQ(FindHeader(head.headers, "X"), "y");
    received.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http_.Send(Call(), request));
  EXPECT_TRUE(received == body);
  EXPECT_THAT(response.body, IsEmpty());
}

TEST_F(HttpClientTest, ARefusalDoesNotReachTheSink) {
  FakeRegistry registry(Always({.status = 404, .body = "no"}));
  HttpRequest request = Get(registry);
  request.sink = [](const HttpResponse&, absl::string_view) {
    return absl::InternalError("called");
  };
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http_.Send(Call(), request));
  EXPECT_EQ(response.body, "no");
}

TEST_F(HttpClientTest, TheSinksErrorIsTheResult) {
  FakeRegistry registry(Always({.body = std::string(1 << 20, 'z')}));
  HttpRequest request = Get(registry);
  request.sink = [](const HttpResponse&, absl::string_view) {
    return absl::ResourceExhaustedError("disk full");
  };
  EXPECT_THAT(http_.Send(Call(), request),
              StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
}

TEST_F(HttpClientTest, AnswersAreBounded) {
  FakeRegistry registry([](const FakeRequest& request) -> FakeAnswer {
    return {.status = request.target == "/good" ? 200 : 500, .body = std::string(1 << 20, 'z')};
  });
  HttpRequest request = Get(registry, "/good");
  request.max_body = 1000;
  EXPECT_THAT(http_.Send(Call(), request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("limit of 1000")));
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http_.Send(Call(), Get(registry, "/bad")));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.size(), kMaxErrorBody);
}

TEST_F(HttpClientTest, HeadersAreBounded) {
  // The longer one is over libcurl's own limit.
  for (const size_t size : {kMaxHeaderLine, size_t{200'000}}) {
    FakeRegistry long_line(Always({.headers = {{"X", std::string(size, 'x')}}}));
    EXPECT_THAT(http_.Send(Call(), Get(long_line)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("headers are too large")))
        << size;
  }
  FakeAnswer answer;
  for (int i = 0; i < 10000; ++i) {
    answer.headers.emplace_back("X", "12345678");
  }
  FakeRegistry many(Always(answer));
  EXPECT_THAT(http_.Send(Call(), Get(many)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("headers are too large")));
}

TEST_F(HttpClientTest, NobodyListens) {
  HttpRequest request;
  {
    FakeRegistry gone(Always({}));
    request = Get(gone);
  }
  auto response = http_.Send(Call(), request);
  EXPECT_THAT(response,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(request.url.authority())));
  EXPECT_TRUE(IsTransient(response.status()));
}

TEST_F(HttpClientTest, ABrokenBodyIsTransient) {
  FakeRegistry registry(Always({.body = std::string(1000, 'z'), .cut_after = 500}));
  auto response = http_.Send(Call(), Get(registry));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(IsTransient(response.status()));
}

TEST_F(HttpClientTest, WhatIsNoHttpIsRefused) {
  FakeRegistry registry(Always({.raw = "SSH-2.0-OpenSSH\r\n"}));
  EXPECT_THAT(http_.Send(Call(), Get(registry)), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(HttpClientTest, PlainServersDoNotSpeakTls) {
  FakeRegistry registry(Always({.raw = "HTTP/1.1 400 Bad Request\r\n\r\n"}));
  HttpRequest request = Get(registry);
  request.url.scheme = "https";
  request.stall_timeout = absl::Milliseconds(200);  // it may wait for the end of a line
  EXPECT_FALSE(http_.Send(Call(), request).ok());
}

TEST_F(HttpClientTest, SilenceEndsAfterTheTimeout) {
  FakeRegistry registry(Always({.body = std::string(1000, 'z'), .silent_after = 10}));
  HttpRequest request = Get(registry);
  request.stall_timeout = absl::Milliseconds(50);
  auto response = http_.Send(Call(), request);
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("50ms")));
  EXPECT_TRUE(IsTransient(response.status()));
}

TEST_F(HttpClientTest, ATrickleIsSilence) {
  FakeRegistry registry(
      Always({.body = std::string(100'000, 'z'), .piece = 1, .pause = absl::Milliseconds(20)}));
  HttpRequest request = Get(registry);
  request.stall_timeout = absl::Milliseconds(200);
  EXPECT_THAT(http_.Send(Call(), request),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("200ms")));
  request.sink = [](const HttpResponse&, absl::string_view) { return absl::OkStatus(); };
  auto response = http_.Send(Call(), request);
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("200ms")));
  EXPECT_TRUE(IsTransient(response.status()));
}

TEST_F(HttpClientTest, ASlowSinkIsNoSilence) {
  FakeRegistry registry(
      Always({.body = std::string(100, 'z'), .piece = 50, .pause = absl::Milliseconds(1)}));
  HttpRequest request = Get(registry);
  request.stall_timeout = absl::Milliseconds(150);
  request.sink = [](const HttpResponse&, absl::string_view) {
    absl::Notification never;  // what a busy disk's writer waits for
    never.WaitForNotificationWithTimeout(absl::Milliseconds(160));
    return absl::OkStatus();
  };
  EXPECT_TRUE(http_.Send(Call(), request).ok());
}

TEST_F(HttpClientTest, CancellationEndsAWait) {
  std::atomic<bool> cancelled = false;
  FakeRegistry registry([&](const FakeRequest&) -> FakeAnswer {
    cancelled = true;
    return {.body = "x", .silent_after = 0};
  });
  const absl::Time start = SteadyNow();
  Call call(absl::InfiniteFuture(), [&] { return cancelled.load(); });
  EXPECT_THAT(http_.Send(call, Get(registry)), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(SteadyNow() - start, absl::Seconds(5));
  EXPECT_THAT(http_.Send(Call::WithTimeout(absl::Milliseconds(20)), Get(registry)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HttpClientTest, ManyThreadsShareIt) {
  FakeRegistry registry(
      [](const FakeRequest& request) -> FakeAnswer { return {.body = request.target}; });
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string path = "/" + std::to_string(i);
      for (int j = 0; j < 20; ++j) {
        auto response = http_.Send(Call(), Get(registry, path));
        good += response.ok() && response->body == path ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 80);
  EXPECT_LE(registry.connections(), 4u);
}

TEST_F(HttpClientTest, GoesThroughAProxy) {
  FakeRegistry proxy(Always({.body = "by proxy"}));
  ProxySettings settings;
  settings.http_proxy = proxy.Url("");
  settings.no_proxy = "direct.invalid";
  HttpClient http(settings);
  HttpRequest request;
  request.url = *Url::Parse("http://registry.invalid/v2/");
  ASSERT_OK_AND_ASSIGN(HttpResponse response, http.Send(Call(), request));
  EXPECT_EQ(response.body, "by proxy");
  EXPECT_EQ(proxy.requests()[0].target, "http://registry.invalid/v2/");
  request.url = *Url::Parse("http://direct.invalid/");
  EXPECT_FALSE(http.Send(Call(), request).ok());
}

}  // namespace
}  // namespace berth::imageservice
