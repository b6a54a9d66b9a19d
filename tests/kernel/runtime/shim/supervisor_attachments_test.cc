// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "base/sys/terminal.h"
#include "runtime/shim/supervisor.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"
#include "tests/support/patience.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using runtime::ShimRequest;
using ::testing::HasSubstr;

// The daemon's side of an attachment.
struct Attacher {
  ShimReply reply;  // the first
  sys::Fd connection;
  sys::Fd output;
  sys::Fd error;
  sys::Fd input;
};

struct Wanted {
  bool output = true;
  bool error = true;
  bool closes_input = false;
};

Attacher Attach(const PodUnderTest& pod, const std::string& id, const Wanted& wanted = {}) {
  Attacher attacher;
  ShimRequest request = PodUnderTest::Request(RequestType::kAttach, id);
  request.closes_input = wanted.closes_input ? 1 : 0;
  std::vector<sys::Fd> writers;
  std::vector<int> descriptors;
  auto add = [&](bool is_wanted, uint8_t& flag, sys::Fd& reader) {
    if (is_wanted) {
      flag = 1;
      PipeEnds ends = MakePipe();
      reader = std::move(ends.read);
      descriptors.push_back(ends.write.get());
      writers.push_back(std::move(ends.write));
    }
  };
  add(wanted.output, request.attach_stdout, attacher.output);
  add(wanted.error, request.attach_stderr, attacher.error);
  attacher.connection = pod.Connect();
  EXPECT_TRUE(
      sys::SendPacket(attacher.connection.get(), &request, sizeof(request), descriptors, Soon())
          .ok());
  attacher.reply = PodUnderTest::Receive(attacher.connection.get(), &attacher.input);
  return attacher;
}

// Reads `size` bytes, or less at the end.
std::string ReadSome(int fd, size_t size) {
  std::string all(size, '\0');
  sys::ErrnoOr<size_t> count = sys::ReadFull(fd, all);
  all.resize(count.ok() ? *count : 0);
  return all;
}

void Say(const sys::Fd& input, const std::string& text) {
  ASSERT_TRUE(sys::WriteAll(input.get(), text.data(), text.size()).ok());
}

LaunchPlan WithInput(LaunchPlan plan) {
  plan.open_stdin = true;
  return plan;
}

std::string Numbers(int last) {
  std::string all;
  for (int i = 1; i <= last; ++i) {
    absl::StrAppend(&all, i, "\n");
  }
  return all;
}

void ExpectExit(const Attacher& attacher, int code) {
  const ShimReply exited = PodUnderTest::Receive(attacher.connection.get());
  EXPECT_EQ(exited.type, ReplyType::kExited);
  EXPECT_EQ(exited.exit_code, code);
}

KERNEL_TEST(SupervisorAttachments, EachGetsTheSameAndThenTheExit) {
  PodUnderTest pod;
  pod.Launch(WithInput(pod.Plan("a", "echo before; read go; seq 1 50000; echo err >&2; exit 5")));
  pod.AwaitLog("a", "before");
  const Attacher first = Attach(pod, "a");
  const Attacher second = Attach(pod, "a", {.error = false});
  Say(first.input, "go\n");
  std::string one;
  std::string two;
  pollfd entries[] = {{first.output.get(), POLLIN, 0}, {second.output.get(), POLLIN, 0}};
  while (entries[0].fd >= 0 || entries[1].fd >= 0) {
    ASSERT_GT(poll(entries, 2, 10000), 0);
    for (pollfd& entry : entries) {
      char buffer[4096];
      const ssize_t count = entry.revents == 0 ? -1 : read(entry.fd, buffer, sizeof(buffer));
      if (count > 0) {
        (&entry == entries ? one : two).append(buffer, static_cast<size_t>(count));
      } else if (count == 0) {
        entry.fd = -1;
      }
    }
  }
  EXPECT_EQ(one, Numbers(50000));
  EXPECT_EQ(two, Numbers(50000));
  EXPECT_EQ(ReadWhole(first.error.get()), "err\n");
  ExpectExit(first, 5);
  ExpectExit(second, 5);
  pod.AwaitExit("a");
  EXPECT_EQ(pod.Output("a"), "before\n" + Numbers(50000));
}

KERNEL_TEST(SupervisorAttachments, WhoDoesNotReadIsCutOffAndTheLogIsWhole) {
  PodUnderTest pod;
  pod.Launch(WithInput(pod.Plan("a", "read go; seq 1 100000; echo end; read go; exit 0")));
  const Attacher idle = Attach(pod, "a");
  Say(idle.input, "go\n");
  pod.AwaitLog("a", "end");
  EXPECT_EQ(pod.Output("a"), Numbers(100000) + "end\n");
  // Its pipe is full, and then ends, while the container goes on.
  const std::string got = ReadWhole(idle.output.get());
  EXPECT_LT(got.size(), Numbers(100000).size());
  EXPECT_EQ(got, Numbers(100000).substr(0, got.size()));
  Say(idle.input, "go\n");
  ExpectExit(idle, 0);
}

KERNEL_TEST(SupervisorAttachments, ASlowReaderLosesNothing) {
  PodUnderTest pod;
  pod.Launch(WithInput(pod.Plan("a", "read go; seq 1 60000")));
  const Attacher slow = Attach(pod, "a", {.error = false});
  Say(slow.input, "go\n");
  const std::string expected = Numbers(60000);
  std::string got;
  while (got.size() < expected.size()) {
    poll(nullptr, 0, 100);  // between two reads
    const std::string more = ReadSome(slow.output.get(), 16 << 10);
    ASSERT_FALSE(more.empty());
    got += more;
  }
  EXPECT_EQ(got, expected);
  ExpectExit(slow, 0);
  pod.AwaitExit("a");
  EXPECT_EQ(pod.Output("a"), expected);
}

KERNEL_TEST(SupervisorAttachments, WhatWaitsAtTheExitIsStillDelivered) {
  PodUnderTest pod;
  pod.Launch(WithInput(pod.Plan("a", "read go; head -c 180000 /dev/zero; exit 4")));
  const Attacher late = Attach(pod, "a", {.error = false});
  Say(late.input, "go\n");
  const int64_t until = sys::MonotonicTime() + sys::kSecond;
  EXPECT_EQ(ReadSome(late.output.get(), 4096).size(), 4096u);
  while (sys::MonotonicTime() < until) {
    poll(nullptr, 0, 50);  // while it has said all and ended
  }
  EXPECT_EQ(ReadWhole(late.output.get()).size(), 180000u - 4096u);
  ExpectExit(late, 4);
}

KERNEL_TEST(SupervisorAttachments, ATerminalCanBeTypedIntoAndResized) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "echo ready; read x; stty size; echo got $x; exit 6");
  plan.process.terminal = true;
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(Attach(pod, "a").reply.error, EBADF);  // it has no error stream
  const Attacher attacher = Attach(pod, "a", {.error = false});
  ASSERT_TRUE(attacher.input.is_open());
  ASSERT_TRUE(sys::SetWindowSize(attacher.input.get(), 33, 101).ok());
  Say(attacher.input, "typed\n");
  EXPECT_THAT(ReadWhole(attacher.output.get()), HasSubstr("33 101\r\ngot typed\r\n"));
  ExpectExit(attacher, 6);
}

KERNEL_TEST(SupervisorAttachments, TheInputEndsWhenTheClientSaysSoOrLeaves) {
  PodUnderTest pod;
  for (const bool leaves : {false, true}) {
    const std::string id = leaves ? "leaves" : "says";
    pod.Launch(WithInput(pod.Plan(id, "cat; echo end")));
    Attacher attacher = Attach(pod, id, {.closes_input = true});
    Say(attacher.input, "typed\n");
    EXPECT_EQ(ReadSome(attacher.output.get(), 6), "typed\n");
    attacher.input = sys::Fd();
    if (leaves) {
      attacher.connection = sys::Fd();
    } else {
      const ShimRequest request = PodUnderTest::Request(RequestType::kCloseInput);
      ASSERT_TRUE(
          sys::SendPacket(attacher.connection.get(), &request, sizeof(request), {}, Soon()).ok());
      EXPECT_EQ(ReadWhole(attacher.output.get()), "end\n");
      ExpectExit(attacher, 0);
    }
    EXPECT_EQ(pod.AwaitExit(id).exit_code, 0);
    EXPECT_EQ(pod.Output(id), "typed\nend\n");
  }
}

KERNEL_TEST(SupervisorAttachments, LeavingLeavesTheContainerAlone) {
  PodUnderTest pod;
  pod.Launch(WithInput(pod.Plan("a", "while read x; do echo got $x; done")));
  const size_t before = pod.CountShimFds();
  for (const char* text : {"one", "two", "three", "four"}) {
    const Attacher attacher = Attach(pod, "a");
    Say(attacher.input, absl::StrCat(text, "\n"));
    const std::string answer = absl::StrCat("got ", text, "\n");
    EXPECT_EQ(ReadSome(attacher.output.get(), answer.size()), answer);
  }
  pod.AwaitShimFds(before);
}

KERNEL_TEST(SupervisorAttachments, WhoLeavesWhileTheContainerWaitsForHimHoldsNothingUp) {
  PodUnderTest pod;
  pod.Launch(WithInput(pod.Plan("a", "read go; seq 1 100000; echo end; sleep 100")));
  const size_t before = pod.CountShimFds();
  {
    const Attacher idle = Attach(pod, "a");
    Say(idle.input, "go\n");
    // Until the pipe is full and the stream is held up.
    EXPECT_TRUE(Eventually([&] { return pod.Log("a").size() > 128 << 10; }));
  }
  const int64_t left = sys::MonotonicTime();
  pod.AwaitLog("a", "end");
  EXPECT_LT(sys::MonotonicTime() - left, Patience() * sys::kSecond);
  pod.AwaitShimFds(before);
}

KERNEL_TEST(SupervisorAttachments, AreLimitedForAContainerAlone) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  pod.Launch(pod.Plan("b", "sleep 100"));
  std::vector<Attacher> attachers;
  for (size_t i = 0; i < shim::kMaxAttachmentsOfContainer; ++i) {
    attachers.push_back(Attach(pod, "a"));
    EXPECT_EQ(attachers.back().reply.type, ReplyType::kDone);
    EXPECT_FALSE(attachers.back().input.is_open());
  }
  EXPECT_EQ(Attach(pod, "a").reply.error, EAGAIN);
  EXPECT_EQ(Attach(pod, "b").reply.type, ReplyType::kDone);
  attachers.pop_back();
  EXPECT_TRUE(Eventually([&] { return Attach(pod, "a").reply.type == ReplyType::kDone; }));
  EXPECT_EQ(pod.Signal("a", SIGKILL).type, ReplyType::kDone);
  for (const Attacher& attacher : attachers) {
    EXPECT_EQ(ReadWhole(attacher.output.get()), "");
    EXPECT_EQ(ReadWhole(attacher.error.get()), "");
    ExpectExit(attacher, 137);
  }
}

KERNEL_TEST(SupervisorAttachments, NeedARunningContainerAndTheRightDescriptors) {
  PodUnderTest pod;
  EXPECT_EQ(Attach(pod, "nobody").reply.error, ESRCH);
  pod.Run("a", "true");
  EXPECT_EQ(Attach(pod, "a").reply.error, ESRCH);
  pod.Launch(pod.Plan("b", "sleep 100"));
  ShimRequest request = PodUnderTest::Request(RequestType::kAttach, "b");
  request.attach_stdout = 1;
  EXPECT_EQ(pod.Ask(request).error, EBADF);
}

// Whether a connection to this port of the loopback interface is made.
bool Reaches(int socket, uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return true;
  }
  pollfd entry = {socket, POLLOUT, 0};
  int error = errno;
  socklen_t size = sizeof(error);
  return error == EINPROGRESS && poll(&entry, 1, 1000) == 1 &&
         getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

std::vector<sys::Fd> Sockets(const PodUnderTest& pod) {
  sys::Fd connection = pod.Connect();
  const ShimRequest request = PodUnderTest::Request(RequestType::kSockets);
  EXPECT_TRUE(sys::SendPacket(connection.get(), &request, sizeof(request), {}, Soon()).ok());
  ShimReply reply;
  std::vector<sys::Fd> sockets(runtime::kMaxPodSockets);
  sys::ErrnoOr<sys::PacketSize> size = sys::ReceivePacket(
      connection.get(), std::span(reinterpret_cast<char*>(&reply), sizeof(reply)), sockets, Soon());
  EXPECT_TRUE(size.ok());
  EXPECT_EQ(reply.type, ReplyType::kDone);
  return sockets;
}

KERNEL_TEST(SupervisorAttachments, SocketsAreInThePodsNetwork) {
  runtime::PodPlan plan;
  plan.new_network = true;
  PodUnderTest pod(plan);
  const size_t before = pod.CountShimFds();
  // On the host, where a socket of the pod must not arrive.
  sys::Fd host(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(host.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(host.get(), 1), 0);
  ASSERT_EQ(getsockname(host.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::vector<sys::Fd> sockets = Sockets(pod);
  EXPECT_NE(fcntl(sockets[0].get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_FALSE(Reaches(sockets[0].get(), ntohs(address.sin_port)));

  pod.Launch(pod.Plan("a", "nc -l -p 8080"));
  EXPECT_TRUE(Eventually([&] { return Reaches(Sockets(pod)[0].get(), 8080); }));
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 0);
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);
  pod.AwaitShimFds(before);
}

}  // namespace
}  // namespace berth::test
