// SPDX-License-Identifier: Apache-2.0
#include "base/sys/socket.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth::sys {
namespace {

class Socket : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/berth-socket-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { EXPECT_TRUE(RemoveTree(AT_FDCWD, folder_.c_str()).ok()); }

  int64_t Soon() const { return MonotonicTime() + 5 * kSecond; }

  std::string folder_;
};

TEST_F(Socket, CarriesPacketsAndDescriptors) {
  std::string path = folder_ + "/s";
  ErrnoOr<Fd> listener = ListenAt(path.c_str(), 0600, 8);
  ASSERT_TRUE(listener.ok());
  ErrnoOr<struct stat> info = StatAt(AT_FDCWD, path.c_str(), 0);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->st_mode & 07777, 0600u);
  ErrnoOr<Fd> client = ConnectTo(path.c_str());
  ASSERT_TRUE(client.ok());
  ErrnoOr<Fd> server = Accept(listener->get());
  ASSERT_TRUE(server.ok());
  ErrnoOr<ucred> peer = PeerCredentials(server->get());
  ASSERT_TRUE(peer.ok());
  EXPECT_EQ(peer->pid, getpid());

  ErrnoOr<Fd> null = OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  ASSERT_TRUE(null.ok());
  const int sent[] = {null->get(), null->get()};
  ASSERT_TRUE(SendPacket(client->get(), "hello", 5, sent, kDontWait).ok());
  char buffer[16];
  Fd received[2];
  ErrnoOr<PacketSize> size = ReceivePacket(server->get(), buffer, received, Soon());
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(std::string(buffer, size->bytes), "hello");
  ASSERT_EQ(size->descriptors, 2u);
  EXPECT_NE(fcntl(received[1].get(), F_GETFD) & FD_CLOEXEC, 0);

  client = ErrnoOr<Fd>(Fd());
  size = ReceivePacket(server->get(), buffer, received, Soon());
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(size->bytes, 0u);
  EXPECT_EQ(SendPacket(server->get(), "x", 1, {}, kDontWait).error().code, EPIPE);
}

TEST_F(Socket, WorksAtPathsLongerThanAnAddress) {
  std::string deep = folder_;
  for (int i = 0; i < 4; ++i) {
    deep += "/" + std::string(60, 'd');
    ASSERT_TRUE(EnsureDirectory(AT_FDCWD, deep.c_str(), 0700).ok());
  }
  std::string path = deep + "/s";
  ErrnoOr<Fd> listener = ListenAt(path.c_str(), 0600, 8);
  ASSERT_TRUE(listener.ok()) << listener.error().call;
  EXPECT_TRUE(ConnectTo(path.c_str()).ok());
  EXPECT_EQ(ListenAt(path.c_str(), 0600, 8).error().code, EADDRINUSE);
}

TEST_F(Socket, TellsNobodyListensFromNothingThere) {
  std::string path = folder_ + "/s";
  EXPECT_EQ(ConnectTo(path.c_str()).error().code, ENOENT);
  { ASSERT_TRUE(ListenAt(path.c_str(), 0600, 8).ok()); }
  EXPECT_EQ(ConnectTo(path.c_str()).error().code, ECONNREFUSED);
}

TEST_F(Socket, HasAListenerThatIsBusyToo) {
  std::string path = folder_ + "/s";
  EXPECT_FALSE(HasListener(path.c_str(), SOCK_STREAM));
  ErrnoOr<Fd> listener = ListenAt(path.c_str(), 0600, 0, SOCK_STREAM);
  ASSERT_TRUE(listener.ok());
  ErrnoOr<Fd> first = ConnectTo(path.c_str(), SOCK_STREAM);
  ErrnoOr<Fd> second = ConnectTo(path.c_str(), SOCK_STREAM);
  ASSERT_EQ(second.error().code, EAGAIN);
  EXPECT_TRUE(HasListener(path.c_str(), SOCK_STREAM));
}

TEST_F(Socket, RefusesWhatDoesNotFitAndKeepsNothingOfIt) {
  ErrnoOr<SocketPair> pair = MakeSocketPair();
  ASSERT_TRUE(pair.ok());
  const int two[] = {0, 0};
  ASSERT_TRUE(SendPacket(pair->first.get(), "12345678", 8, {}, kDontWait).ok());
  ASSERT_TRUE(SendPacket(pair->first.get(), "1234", 4, two, kDontWait).ok());
  ASSERT_TRUE(SendPacket(pair->first.get(), "1234", 4, {}, kDontWait).ok());
  char buffer[4];
  Fd one[1];
  EXPECT_EQ(ReceivePacket(pair->second.get(), buffer, one, kDontWait).error().code, EMSGSIZE);
  EXPECT_EQ(ReceivePacket(pair->second.get(), buffer, one, kDontWait).error().code, EMSGSIZE);
  EXPECT_FALSE(one[0].is_open());
  EXPECT_TRUE(ReceivePacket(pair->second.get(), buffer, one, kDontWait).ok());
}

TEST_F(Socket, OfTcpIsOfTheFamilyAskedFor) {
  const ErrnoOr<Fd> made = MakeTcpSocket(AF_INET);
  ASSERT_TRUE(made.ok());
  int domain = 0;
  socklen_t size = sizeof(domain);
  ASSERT_EQ(getsockopt(made->get(), SOL_SOCKET, SO_DOMAIN, &domain, &size), 0);
  EXPECT_EQ(domain, AF_INET);
  EXPECT_EQ(fcntl(made->get(), F_GETFD), FD_CLOEXEC);
  EXPECT_NE(fcntl(made->get(), F_GETFL) & O_NONBLOCK, 0);
  constexpr int kNoFamily = 45;
  EXPECT_EQ(MakeTcpSocket(kNoFamily).error().code, EAFNOSUPPORT);
}

TEST_F(Socket, WaitsNoLongerThanAsked) {
  ErrnoOr<SocketPair> pair = MakeSocketPair();
  ASSERT_TRUE(pair.ok());
  char buffer[4];
  EXPECT_EQ(ReceivePacket(pair->first.get(), buffer, {}, kDontWait).error().code, EAGAIN);
  int64_t deadline = MonotonicTime() + 20 * kMillisecond;
  EXPECT_EQ(ReceivePacket(pair->first.get(), buffer, {}, deadline).error().code, ETIMEDOUT);
  EXPECT_GE(MonotonicTime(), deadline);
  Result sent = Done{};
  while (sent.ok()) {
    sent = SendPacket(pair->first.get(), "full", 4, {}, kDontWait);
  }
  EXPECT_EQ(sent.error().code, EAGAIN);
}

}  // namespace
}  // namespace berth::sys
