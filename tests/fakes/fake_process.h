// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "gtest/gtest.h"

#include "base/sys/pipe.h"
#include "base/sys/socket.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/process_session.h"

namespace berth::test {

// The other ends of a ProcessSession: pipes, and a shim's side of its conversation.
struct FakeProcess {
  std::unique_ptr<runtime::ProcessSession> session;
  sys::Fd input;   // read end, which waits
  sys::Fd output;  // write ends
  sys::Fd error;
  sys::Fd shim;

  explicit FakeProcess(runtime::ProcessSession::Kind kind = runtime::ProcessSession::Kind::kExec) {
    sys::Pipe in = *sys::MakePipe();
    sys::Pipe out = *sys::MakePipe();
    sys::Pipe err = *sys::MakePipe();
    sys::SocketPair sockets = *sys::MakeSocketPair();
    for (const sys::Fd* ours : {&in.writer, &out.reader, &err.reader}) {
      EXPECT_TRUE(sys::SetNonBlocking(ours->get()).ok());
    }
    runtime::ProcessEnds ends;
    ends.shim = std::move(sockets.first);
    ends.input = std::move(in.writer);
    ends.output = std::move(out.reader);
    ends.error = std::move(err.reader);
    session = std::make_unique<runtime::ProcessSession>(kind, std::move(ends));
    input = std::move(in.reader);
    output = std::move(out.writer);
    error = std::move(err.writer);
    shim = std::move(sockets.second);
  }

  // Its exit is told; its streams stay open.
  void Exit(int code) {
    runtime::ShimReply reply;
    reply.type = runtime::ReplyType::kExited;
    reply.exit_code = code;
    EXPECT_TRUE(sys::SendPacket(shim.get(), &reply, sizeof(reply), {}, sys::kNoDeadline).ok());
  }
};

}  // namespace berth::test
