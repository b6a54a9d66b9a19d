// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/ttrpc_connection.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/no_threads.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/nri/fake_plugin.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

class Connection : public ::testing::Test {
 protected:
  void Connect(FakePlugin::Answers answers, TtrpcConnection::Serve serve = nullptr) {
    SocketEnds ends = MakeSocketEnds();
    plugin = std::make_unique<FakePlugin>(std::move(ends.plugin), std::move(answers));
    connection = std::make_unique<TtrpcConnection>(std::move(ends.runtime), std::move(serve));
  }
  absl::StatusOr<TtrpcConnection::Answer> Ask(absl::Duration timeout = kPatience) {
    return connection->Call("service", "Method", "question", Call::WithTimeout(timeout));
  }

  std::unique_ptr<FakePlugin> plugin;
  std::unique_ptr<TtrpcConnection> connection;
};

TEST_F(Connection, ACallGetsItsAnswer) {
  Connect([](const std::string& method, const std::string& payload) {
    return FakePlugin::Answer{0, method + ":" + payload};
  });
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const TtrpcConnection::Answer answer, Ask());
    EXPECT_THAT(answer.status, IsOk());
    EXPECT_EQ(answer.payload, "Method:question");
  }
}

TEST_F(Connection, ALongAnswerIsWhole) {
  const std::string longest((4 << 20) - 64, 'x');
  Connect([&](const std::string&, const std::string&) { return FakePlugin::Answer{0, longest}; });
  ASSERT_OK_AND_ASSIGN(const TtrpcConnection::Answer answer, Ask());
  EXPECT_EQ(answer.payload, longest);
}

TEST_F(Connection, AnErrorOfThePeerLeavesTheConnection) {
  Connect([](const std::string&, const std::string&) { return FakePlugin::Answer{12, "no"}; });
  ASSERT_OK_AND_ASSIGN(const TtrpcConnection::Answer answer, Ask());
  EXPECT_THAT(answer.status, StatusIs(absl::StatusCode::kUnimplemented, "no"));
  EXPECT_FALSE(connection->closed());
}

TEST_F(Connection, APeerThatDoesNotAnswerIsCutOff) {
  Connect([](const std::string&, const std::string&) { return NoAnswer(); });
  EXPECT_THAT(Ask(absl::Milliseconds(20)).status(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(plugin->AwaitEnd());
  EXPECT_THAT(Ask().status(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(Connection, ACallerThatGoesLeavesThePeerAlone) {
  Connect([](const std::string& method, const std::string&) {
    return method == "Method" ? NoAnswer() : FakePlugin::Answer();
  });
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(connection->Call("service", "Method", "question", gone).status(),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(connection->Call("service", "Other", "question", Call::WithTimeout(kPatience)),
              IsOk());
}

// A message that is longer than what the socket holds.
class UnreadConnection : public ::testing::Test {
 protected:
  absl::Status Ask(const Call& call) {
    return connection.Call("service", "Method", std::string(3 << 20, 'x'), call).status();
  }

  SocketEnds ends = MakeSocketEnds();
  TtrpcConnection connection{std::move(ends.runtime), nullptr};
};

TEST_F(UnreadConnection, APeerThatDoesNotReadIsCutOff) {
  EXPECT_THAT(Ask(Call::WithTimeout(absl::Milliseconds(20))),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "it does not read"));
  EXPECT_TRUE(connection.closed());
}

TEST_F(UnreadConnection, ACallerThatGoesDoesNotWaitForThePeerToRead) {
  std::atomic<int> looks = 0;
  const Call leaving(absl::InfiniteFuture(), [&] { return ++looks > 3; });
  EXPECT_THAT(Ask(leaving), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_FALSE(connection.closed());
  // The peer gets whole messages, once it reads.
  FakePlugin plugin(std::move(ends.plugin));
  EXPECT_THAT(Ask(Call::WithTimeout(kPatience)), IsOk());
  EXPECT_EQ(plugin.AwaitCalls(2), std::vector<std::string>(2, "Method"));
}

TEST_F(Connection, IsClosedWhereThereAreNoThreads) {
  SocketEnds ends = MakeSocketEnds();
  test::ExpectWithoutThreads([&ends] {
    TtrpcConnection none(std::move(ends.runtime), nullptr);
    const auto answer = none.Call("service", "Method", "question", Call::WithTimeout(kPatience));
    return none.closed() && absl::IsUnavailable(answer.status());
  });
}

TEST_F(Connection, APeerThatLeavesEndsTheCall) {
  Connect([this](const std::string&, const std::string&) {
    plugin->Leave();
    return NoAnswer();
  });
  EXPECT_THAT(Ask().status(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(Connection, NonsenseEndsTheCall) {
  Connect([this](const std::string&, const std::string&) {
    plugin->WriteRaw(std::string(64, '\xff'));
    return NoAnswer();
  });
  EXPECT_THAT(Ask().status(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(plugin->AwaitEnd());
}

TEST_F(Connection, ARequestThatDoesNotFitIsNotSent) {
  Connect([](const std::string&, const std::string&) { return FakePlugin::Answer(); });
  ASSERT_OK_AND_ASSIGN(const TtrpcConnection::Answer answer,
                       connection->Call("service", "Method", std::string(4 << 20, 'x'),
                                        Call::WithTimeout(kPatience)));
  EXPECT_THAT(answer.status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Ask().status(), IsOk());
}

TEST_F(Connection, ThePeersCallsAreServed) {
  Connect([](const std::string&, const std::string&) { return FakePlugin::Answer(); },
          [](const std::string& method, const std::string&) -> absl::StatusOr<std::string> {
            if (method == "nri.pkg.api.v1alpha1.Runtime/RegisterPlugin") {
              return std::string("fine");
            }
            return absl::NotFoundError("what?");
          });
  EXPECT_EQ(plugin->Register("00", "a")->payload(), "fine");
  EXPECT_EQ(plugin->Call("Other", api::Empty())->status().message(), "what?");
}

TEST_F(Connection, APeerThatAsksWithoutEndIsCutOff) {
  absl::Notification over;
  Connect([](const std::string&, const std::string&) { return FakePlugin::Answer(); },
          [&](const std::string&, const std::string&) -> absl::StatusOr<std::string> {
            over.WaitForNotification();
            return std::string();
          });
  std::string calls;
  for (uint32_t i = 0; i < 20; ++i) {
    calls += EncodeMessage({kRuntimeConnection, 2 * i + 1, MessageType::kRequest, ""});
  }
  plugin->WriteRaw(calls);
  EXPECT_TRUE(plugin->AwaitEnd());
  EXPECT_TRUE(connection->closed());
  over.Notify();
  connection.reset();  // its thread may still be in the notification
}

}  // namespace
}  // namespace berth::nri
