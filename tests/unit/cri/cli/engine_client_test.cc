// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_client.h"

#include <sys/socket.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "base/sys/socket.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/engine_under_test.h"

namespace berth::cli {
namespace {

TEST(EngineTarget, EscapesWhatItIsGiven) {
  EXPECT_EQ(EngineTarget({"/images", "a:5000/b c:1", "tag"}), "/images/a:5000/b%20c:1/tag");
  EXPECT_EQ(EngineTarget({"/x"}, {{"a", "1&2"}, {"b", ""}, {"c", "ä?"}}), "/x?a=1%262&c=%C3%A4%3F");
  EXPECT_EQ(EngineTarget({"/x", "a?b#c"}), "/x/a%3Fb%23c");
}

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

class EngineClientTest : public testing::Test {
 protected:
  const test::TempDir directory_;
  const std::string path_ = directory_.Join("docker.sock");
  const EngineClient client_{path_};
};

TEST_F(EngineClientTest, SendsABodyWithItsLength) {
  Engine engine(path_, "\r\n\r\nhello", kOk);
  EXPECT_EQ(
      client_.Ask({.method = "POST", .target = "/x?a=1", .body = "hello"}).value_or("an error"),
      "{}");
  const std::string request = engine.Request();
  EXPECT_TRUE(absl::StartsWith(request, "POST /x?a=1 HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "Content-Length: 5\r\n")) << request;
}

TEST_F(EngineClientTest, AsksWithoutABody) {
  Engine engine(path_, "\r\n\r\n", kOk);
  const absl::StatusOr<berth::Json> answer = client_.AskJson({.target = "/x"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, berth::Json::object());
  EXPECT_TRUE(absl::StartsWith(engine.Request(), "GET /x HTTP/1.1\r\n"));
}

TEST_F(EngineClientTest, SendsALongBodyInPieces) {
  Engine engine(path_, "\r\n0\r\n\r\n", kOk);
  EngineCall call = {.method = "POST", .target = "/x"};
  call.next_piece = [left = 2]() mutable -> absl::StatusOr<std::string> {
    return left-- > 0 ? "piece" : "";
  };
  EXPECT_EQ(client_.Ask(call).value_or("an error"), "{}");
  EXPECT_TRUE(absl::EndsWith(engine.Request(), "\r\n\r\n5\r\npiece\r\n5\r\npiece\r\n0\r\n\r\n"));
}

TEST_F(EngineClientTest, StreamsUntilTheSinkHasEnough) {
  Engine engine(
      path_, "\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  std::string all;
  EXPECT_TRUE(client_
                  .Stream({.target = "/x"},
                          [&](absl::string_view bytes) {
                            absl::StrAppend(&all, bytes);
                            return absl::OkStatus();
                          })
                  .ok());
  EXPECT_EQ(all, "abc");
  engine.Request();
}

TEST_F(EngineClientTest, ReturnsTheErrorOfItsSink) {
  Engine engine(path_, "\r\n\r\n", kOk);
  const absl::Status enough = client_.Stream(
      {.target = "/x"}, [](absl::string_view) { return absl::AbortedError("enough"); });
  EXPECT_EQ(enough, absl::AbortedError("enough"));
  engine.Request();
}

TEST_F(EngineClientTest, LooksAroundWhileNothingComes) {
  const sys::ErrnoOr<sys::Fd> listener = sys::ListenAt(path_.c_str(), 0600, 1, SOCK_STREAM);
  ASSERT_TRUE(listener.ok());
  absl::Notification before_head, before_rest;
  std::thread server([&] {
    const sys::Fd client(accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_TRUE(before_head.WaitForNotificationWithTimeout(absl::Seconds(30)));
    constexpr absl::string_view kBeginning =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n";
    EXPECT_TRUE(sys::WriteAll(client.get(), kBeginning.data(), kBeginning.size()).ok());
    EXPECT_TRUE(before_rest.WaitForNotificationWithTimeout(absl::Seconds(30)));
    constexpr absl::string_view kRest = "1\r\ni\r\n0\r\n\r\n";
    EXPECT_TRUE(sys::WriteAll(client.get(), kRest.data(), kRest.size()).ok());
  });
  std::string all;
  const absl::Status status = client_.Stream(
      {.target = "/x"},
      [&](absl::string_view bytes) {
        absl::StrAppend(&all, bytes);
        return absl::OkStatus();
      },
      [&] {
        absl::Notification& next = before_head.HasBeenNotified() ? before_rest : before_head;
        if (!next.HasBeenNotified()) {
          next.Notify();
        }
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(all, "hi");
  server.join();
}

TEST_F(EngineClientTest, RefusesInTheDaemonsWords) {
  Engine engine(path_, "\r\n\r\n",
                "HTTP/1.1 404 Not Found\r\nContent-Length: 24\r\n\r\n{\"message\":\"no image x\"}");
  EXPECT_EQ(client_.Ask({.target = "/x"}).status(), absl::NotFoundError("no image x"));
  engine.Request();
}

TEST_F(EngineClientTest, TakesACutAnswerForNone) {
  Engine engine(path_, "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}");
  EXPECT_TRUE(absl::IsUnavailable(client_.Ask({.target = "/x"}).status()));
  engine.Request();
}

TEST_F(EngineClientTest, SaysWhenNobodyIsThere) {
  const absl::Status status = client_.Ask({.target = "/x"}).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(absl::StrContains(status.message(), path_)) << status;
}

}  // namespace
}  // namespace berth::cli
