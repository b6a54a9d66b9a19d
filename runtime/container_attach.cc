// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_attach.h"

#include <utility>

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/pipe.h"
#include "runtime/container_exec.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kAttachTimeout = absl::Minutes(1);

// The shim's ends of the pipes; not open: not wanted.
struct Writers {
  sys::Fd output;
  sys::Fd error;
};

absl::StatusOr<Writers> OpenPipes(const StreamChoice& streams, bool terminal, ProcessEnds& ours) {
  Writers writers;
  if (streams.output) {
    ASSIGN_OR_RETURN(sys::Pipe pipe, MakeOutputPipe());
    ours.output = std::move(pipe.reader);
    writers.output = std::move(pipe.writer);
  }
  if (streams.error && !terminal) {
    ASSIGN_OR_RETURN(sys::Pipe pipe, MakeOutputPipe());
    ours.error = std::move(pipe.reader);
    writers.error = std::move(pipe.writer);
  }
  return writers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessSession>> AttachTo(const Call& call,
                                                         const Container& container,
                                                         const StreamChoice& streams) {
  RETURN_IF_ERROR(AwaitRunning(call, container));
  const v1::ContainerConfig config = container.config();
  const bool terminal = config.tty();
  ProcessEnds ours;
  absl::StatusOr<Writers> writers = OpenPipes(streams, terminal, ours);
  RETURN_IF_ERROR(writers.status());
  ASSIGN_OR_RETURN(ShimConnection connection,
                   container.pod()->shim().Attach(
                       call, container.id(),
                       {.output = writers->output.get(),
                        .error = writers->error.get(),
                        .closes_input = streams.input && config.stdin_once() && !terminal}));
  *writers = Writers();
  sys::Fd input;
  ASSIGN_OR_RETURN(const ShimReply reply,
                   connection.Receive(call.Within(kAttachTimeout), std::span(&input, 1)));
  if (reply.type == ReplyType::kFailed) {
    return RefusalOf(reply);
  }
  if (terminal) {
    ours.terminal = std::move(input);
    ASSIGN_OR_RETURN(input, ToStatusOr(sys::Duplicate(ours.terminal.get()), "share the terminal"));
  }
  if (streams.input) {
    ours.input = std::move(input);
  }
  ours.shim = connection.Release();
  return std::make_unique<ProcessSession>(ProcessSession::Kind::kAttach, std::move(ours));
}

}  // namespace berth::runtime
