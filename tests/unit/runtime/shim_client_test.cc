// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_client.h"

#include <errno.h>

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSoon = 10 * sys::kSecond;

// A shim that answers one request with what it is told to.
class AnsweringShim {
 public:
  explicit AnsweringShim(const test::TempDir& dir, std::vector<ShimReply> replies)
      : listener_(*sys::ListenAt(dir.Join("shim.sock").c_str(), 0600, 8)),
        thread_([this, replies] { Serve(replies); }) {}
  AnsweringShim(const AnsweringShim&) = delete;
  AnsweringShim& operator=(const AnsweringShim&) = delete;
  ~AnsweringShim() { thread_.join(); }

  const ShimRequest& request() {
    thread_.join();
    thread_ = std::thread([] {});
    return request_;
  }

 private:
  void Serve(const std::vector<ShimReply>& replies) {
    sys::ErrnoOr<sys::Fd> peer = sys::Accept(listener_.get());
    while (!peer.ok() && peer.error().code == EAGAIN) {
      peer = sys::Accept(listener_.get());
    }
    sys::Fd descriptors[4];
    (void)sys::ReceivePacket(peer->get(),
                             std::span(reinterpret_cast<char*>(&request_), sizeof(request_)),
                             descriptors, sys::MonotonicTime() + kSoon);
    for (const ShimReply& reply : replies) {
      (void)sys::SendPacket(peer->get(), &reply, sizeof(reply), {}, sys::MonotonicTime() + kSoon);
    }
  }

  sys::Fd listener_;
  ShimRequest request_;
  std::thread thread_;
};

ShimReply Reply(ReplyType type) {
  ShimReply reply;
  reply.type = type;
  return reply;
}

TEST(ShimClient, SendsWhatIsAskedFor) {
  test::TempDir dir;
  AnsweringShim shim(dir, {Reply(ReplyType::kDone)});
  EXPECT_THAT(ShimClient(dir.path()).Signal(Call::WithTimeout(absl::Seconds(5)), "abc", 15, true),
              test::IsOk());
  EXPECT_EQ(shim.request().type, RequestType::kSignal);
  EXPECT_STREQ(shim.request().container_id, "abc");
  EXPECT_EQ(shim.request().signal, 15);
  EXPECT_EQ(shim.request().all_processes, 1u);
}

TEST(ShimClient, ARefusalSaysWhatTheShimWasDoing) {
  test::TempDir dir;
  ShimReply reply = Reply(ReplyType::kFailed);
  reply.step = LaunchStep::kLog;
  reply.error = ENOSPC;
  AnsweringShim shim(dir, {reply});
  EXPECT_THAT(ShimClient(dir.path()).ReopenLog(Call::WithTimeout(absl::Seconds(5)), "abc"),
              test::StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("No space left")));
}

TEST(ShimClient, WhereNoShimIsNothingIsAvailable) {
  test::TempDir dir;
  const Call call = Call::WithTimeout(absl::Seconds(5));
  EXPECT_THAT(ShimClient(dir.path()).Forget(call, "abc"),
              test::StatusIs(absl::StatusCode::kUnavailable));
  { const sys::Fd listener = *sys::ListenAt(dir.Join("shim.sock").c_str(), 0600, 8); }
  EXPECT_THAT(ShimClient(dir.path()).Forget(call, "abc"),
              test::StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(ShimClient(dir.path()).Shutdown(call), test::IsOk());
}

TEST(ShimClient, ASilentShimEndsWithTheCall) {
  test::TempDir dir;
  const sys::Fd listener = *sys::ListenAt(dir.Join("shim.sock").c_str(), 0600, 8);
  const ShimClient client(dir.path());
  EXPECT_THAT(client.Forget(Call::WithTimeout(absl::Milliseconds(5)), "abc"),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(client.Forget(Call(absl::InfiniteFuture(), [] { return true; }), "abc"),
              test::StatusIs(absl::StatusCode::kCancelled));
}

TEST(ShimClient, ASilentShimsFullQueueDoesNotBlock) {
  test::TempDir dir;
  const sys::Fd listener = *sys::ListenAt(dir.Join("shim.sock").c_str(), 0600, 1);
  const ShimClient client(dir.path());
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(client.Shutdown(Call::WithTimeout(absl::Milliseconds(2))),
                test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
}

TEST(ShimClient, ClosingWithoutAnAnswerIsUnavailable) {
  test::TempDir dir;
  AnsweringShim shim(dir, {});
  EXPECT_THAT(ShimClient(dir.path()).Forget(Call::WithTimeout(absl::Seconds(5)), "abc"),
              test::StatusIs(absl::StatusCode::kUnavailable));
}

TEST(ShimClient, AnotherProtocolIsUnavailable) {
  test::TempDir dir;
  ShimReply reply = Reply(ReplyType::kDone);
  reply.version = kShimProtocolVersion + 1;
  AnsweringShim shim(dir, {reply});
  EXPECT_THAT(ShimClient(dir.path()).Forget(Call::WithTimeout(absl::Seconds(5)), "abc"),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("protocol")));
}

TEST(ShimClient, ShutdownWaitsUntilTheShimHasGone) {
  test::TempDir dir;
  AnsweringShim shim(dir, {Reply(ReplyType::kDone)});
  EXPECT_THAT(ShimClient(dir.path()).Shutdown(Call::WithTimeout(absl::Seconds(5))), test::IsOk());
  EXPECT_EQ(shim.request().type, RequestType::kShutdown);
}

TEST(ShimClient, AnAttachmentSaysWhichStreamsItBrings) {
  test::TempDir dir;
  AnsweringShim shim(dir, {Reply(ReplyType::kDone)});
  const Call call = Call::WithTimeout(absl::Seconds(5));
  const sys::SocketPair ends = *sys::MakeSocketPair();
  absl::StatusOr<ShimConnection> connection =
      ShimClient(dir.path())
          .Attach(call, "abc", {.output = -1, .error = ends.first.get(), .closes_input = true});
  ASSERT_THAT(connection, test::IsOk());
  EXPECT_THAT(connection->Receive(call), test::IsOk());
  EXPECT_EQ(shim.request().type, RequestType::kAttach);
  EXPECT_EQ(shim.request().attach_stdout, 0);
  EXPECT_EQ(shim.request().attach_stderr, 1);
  EXPECT_EQ(shim.request().closes_input, 1);
}

TEST(RefusalOf, TellsWhatHasEndedAndWhatIsFullFromFailures) {
  ShimReply reply = Reply(ReplyType::kFailed);
  reply.step = LaunchStep::kProtocol;
  reply.error = ESRCH;
  EXPECT_THAT(RefusalOf(reply), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  reply.error = EAGAIN;
  EXPECT_THAT(RefusalOf(reply), test::StatusIs(absl::StatusCode::kResourceExhausted));
  reply.error = EBUSY;
  EXPECT_THAT(RefusalOf(reply), test::StatusIs(absl::StatusCode::kInternal));
}

TEST(FailureText, NamesTheStepAndTheReason) {
  ShimReply reply;
  reply.step = LaunchStep::kExec;
  reply.error = ENOENT;
  EXPECT_THAT(FailureText(reply), HasSubstr(": No such file or directory"));
  reply.step = LaunchStep::kProgram;
  EXPECT_THAT(FailureText(reply), HasSubstr(": exit code 2"));
  reply.step = LaunchStep::kExec;
  reply.error = EINTR;
  EXPECT_THAT(FailureText(reply), HasSubstr(": killed"));
}

}  // namespace
}  // namespace berth::runtime
