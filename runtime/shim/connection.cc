// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/connection.h"

#include <cstring>

#include "base/sys/socket.h"

namespace berth::shim {

bool IsRequest(const runtime::ShimRequest& request, size_t size) {
  return size == sizeof(request) && request.version == runtime::kShimProtocolVersion &&
         memchr(request.container_id, '\0', sizeof(request.container_id)) != nullptr;
}

Connection::Received Connection::Receive() {
  Received received;
  std::span<char> bytes(reinterpret_cast<char*>(&received.request), sizeof(received.request));
  sys::ErrnoOr<sys::PacketSize> size =
      sys::ReceivePacket(socket_.get(), bytes, received.descriptors, sys::kDontWait);
  if (!size.ok()) {
    switch (size.error().code) {
      case EAGAIN:
        received.kind = Received::Kind::kNothing;
        break;
      case EMSGSIZE:
        received.kind = Received::Kind::kMalformed;
        break;
      default:
        received.kind = Received::Kind::kClosed;
    }
    return received;
  }
  received.descriptor_count = size->descriptors;
  if (size->bytes == 0) {
    received.kind = Received::Kind::kClosed;
  } else if (IsRequest(received.request, size->bytes)) {
    received.kind = Received::Kind::kRequest;
  } else {
    received.kind = Received::Kind::kMalformed;
  }
  return received;
}

bool Connection::Reply(const runtime::ShimReply& reply, std::span<const int> descriptors) const {
  return sys::SendPacket(socket_.get(), &reply, sizeof(reply), descriptors, sys::kDontWait).ok();
}

bool Connection::Fail(const Failure& failure) const {
  runtime::ShimReply reply;
  reply.type = runtime::ReplyType::kFailed;
  reply.step = failure.step;
  reply.error = failure.error;
  reply.item = failure.item;
  return Reply(reply);
}

}  // namespace berth::shim
