// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/connection.h"

#include <cstring>

#include "gtest/gtest.h"

#include "base/sys/socket.h"

namespace berth::shim {
namespace {

using Kind = Connection::Received::Kind;

TEST(IsRequest, NeedsSizeVersionAndATerminatedName) {
  runtime::ShimRequest request;
  EXPECT_TRUE(IsRequest(request, sizeof(request)));
  EXPECT_FALSE(IsRequest(request, sizeof(request) - 1));
  memset(request.container_id, 'x', sizeof(request.container_id));
  EXPECT_FALSE(IsRequest(request, sizeof(request)));
  request = {};
  request.version = runtime::kShimProtocolVersion + 1;
  EXPECT_FALSE(IsRequest(request, sizeof(request)));
}

TEST(Connection, TellsRequestsFromAllElse) {
  sys::ErrnoOr<sys::SocketPair> pair = sys::MakeSocketPair();
  ASSERT_TRUE(pair.ok());
  Connection connection(std::move(pair->first));
  const int client = pair->second.get();
  EXPECT_EQ(connection.Receive().kind, Kind::kNothing);
  runtime::ShimRequest request;
  request.type = runtime::RequestType::kExec;
  const int standard[] = {0, 1};
  ASSERT_TRUE(sys::SendPacket(client, &request, sizeof(request), standard, sys::kDontWait).ok());
  Connection::Received received = connection.Receive();
  EXPECT_EQ(received.kind, Kind::kRequest);
  EXPECT_EQ(received.request.type, runtime::RequestType::kExec);
  EXPECT_EQ(received.descriptor_count, 2u);
  EXPECT_TRUE(received.descriptors[1].is_open());
  ASSERT_TRUE(sys::SendPacket(client, "x", 1, {}, sys::kDontWait).ok());
  EXPECT_EQ(connection.Receive().kind, Kind::kMalformed);
  const int many[] = {0, 0, 0, 0, 0};
  ASSERT_TRUE(sys::SendPacket(client, &request, sizeof(request), many, sys::kDontWait).ok());
  EXPECT_EQ(connection.Receive().kind, Kind::kMalformed);
  pair->second = sys::Fd();
  EXPECT_EQ(connection.Receive().kind, Kind::kClosed);
}

TEST(Connection, RepliesWithoutWaiting) {
  sys::ErrnoOr<sys::SocketPair> pair = sys::MakeSocketPair();
  ASSERT_TRUE(pair.ok());
  Connection connection(std::move(pair->first));
  EXPECT_TRUE(connection.Fail({runtime::LaunchStep::kMounts, ENOENT, 3}));
  runtime::ShimReply reply;
  const std::span<char> bytes(reinterpret_cast<char*>(&reply), sizeof(reply));
  ASSERT_TRUE(sys::ReceivePacket(pair->second.get(), bytes, {}, sys::kDontWait).ok());
  EXPECT_EQ(reply.type, runtime::ReplyType::kFailed);
  EXPECT_EQ(reply.step, runtime::LaunchStep::kMounts);
  EXPECT_EQ(reply.error, ENOENT);
  EXPECT_EQ(reply.item, 3u);
  int sent = 0;
  while (connection.Reply(reply)) {
    ASSERT_LT(++sent, 100000);
  }
  pair->second = sys::Fd();
  EXPECT_FALSE(connection.Reply(reply));
}

}  // namespace
}  // namespace berth::shim
