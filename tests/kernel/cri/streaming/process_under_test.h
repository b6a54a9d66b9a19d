// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/pipe.h"
#include "base/sys/socket.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/process_session.h"
#include "tests/fakes/fake_pod_runtime.h"

namespace berth::cri {

// A process that is the test: the shim's ends of what the daemon holds of it.
struct ProcessUnderTest {
  sys::Fd shim;
  sys::Fd input;  // the process reads it
  sys::Fd output;
  sys::Fd error;

  // Makes the next Exec or Attach of `runtime` in its container "c1" give the other ends.
  static ProcessUnderTest In(test::FakePodRuntime& runtime, runtime::ProcessSession::Kind kind) {
    ProcessUnderTest process;
    runtime::ProcessEnds ends;
    sys::SocketPair pair = *sys::MakeSocketPair();
    process.shim = std::move(pair.first);
    ends.shim = std::move(pair.second);
    sys::Pipe input = *sys::MakePipe();
    process.input = std::move(input.reader);
    ends.input = std::move(input.writer);
    sys::Pipe output = *sys::MakePipe();
    process.output = std::move(output.writer);
    ends.output = std::move(output.reader);
    sys::Pipe error = *sys::MakePipe();
    process.error = std::move(error.writer);
    ends.error = std::move(error.reader);
    for (const int fd : {process.input.get(), process.output.get(), ends.input.get(),
                         ends.output.get(), ends.error.get()}) {
      EXPECT_TRUE(sys::SetNonBlocking(fd).ok());
    }
    runtime.containers.emplace_back().id = "c1";
    runtime.session = std::make_unique<runtime::ProcessSession>(kind, std::move(ends));
    return process;
  }

  void Print(const std::string& text) const {
    EXPECT_EQ(write(output.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void Exit(int32_t code) const {
    runtime::ShimReply reply;
    reply.type = runtime::ReplyType::kExited;
    reply.exit_code = code;
    EXPECT_TRUE(sys::SendPacket(shim.get(), &reply, sizeof(reply), {}, sys::kDontWait).ok());
  }
  // The process's output has no other holder.
  void CloseOutput() {
    output = sys::Fd();
    error = sys::Fd();
  }
  // The daemon holds nothing of it any more, and what the shim makes of that begins.
  bool IsReleased() const {
    char byte;
    return recv(shim.get(), &byte, sizeof(byte), MSG_DONTWAIT | MSG_PEEK) == 0;
  }
};

}  // namespace berth::cri
