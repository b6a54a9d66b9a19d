// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_attach.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/pipe.h"
#include "runtime/container_exec.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

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

// Asks the shim; what comes with its answer is put into `input`.
absl::StatusOr<ShimConnection> Ask(const Call& call, const Container& container,
                                   const StreamChoice& streams, bool awaits_start,
                                   ProcessEnds& ours, sys::Fd& input) {
  const v1::ContainerConfig config = container.config();
  ASSIGN_OR_RETURN(const Writers writers, OpenPipes(streams, config.tty(), ours));
  ASSIGN_OR_RETURN(ShimConnection connection,
                   container.pod()->shim().Attach(
                       call, container.id(),
                       {.output = writers.output.get(),
                        .error = writers.error.get(),
                        .closes_input = streams.input && config.stdin_once() && !config.tty(),
                        .awaits_start = awaits_start}));
  const absl::StatusOr<ShimReply> reply =
      connection.Receive(call.Within(kShimPatience), std::span(&input, 1));
  if (absl::IsDeadlineExceeded(reply.status()) && call.Check().ok()) {
    return SilentShim(container);
  }
  RETURN_IF_ERROR(reply.status());
  if (reply->type == ReplyType::kFailed) {
    return RefusalOf(*reply);
  }
  return connection;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessSession>> AttachTo(const Call& call,
                                                         const Container& container,
                                                         const StreamChoice& streams) {
  RETURN_IF_ERROR(AwaitRunning(call, container));
  ProcessEnds ours;
  sys::Fd input;
  ASSIGN_OR_RETURN(ShimConnection connection,
                   Ask(call, container, streams, /*awaits_start=*/false, ours, input));
  if (container.config().tty()) {
    ours.terminal = std::move(input);
    ASSIGN_OR_RETURN(input, ToStatusOr(sys::Duplicate(ours.terminal.get()), "share the terminal"));
  }
  if (streams.input) {
    ours.input = std::move(input);
  }
  ours.shim = connection.Release();
  return std::make_unique<ProcessSession>(ProcessSession::Kind::kAttach, std::move(ours));
}

absl::StatusOr<std::unique_ptr<ProcessSession>> AttachAheadTo(const Call& call,
                                                              const Container& container,
                                                              const StreamChoice& streams) {
  if (container.state().phase != ContainerPhase::kCreated) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", container.id(), " has been started"));
  }
  ProcessEnds ours;
  sys::Fd nothing;
  ASSIGN_OR_RETURN(ShimConnection connection,
                   Ask(call, container, streams, /*awaits_start=*/true, ours, nothing));
  ours.shim = connection.Release();
  auto session = std::make_unique<ProcessSession>(ProcessSession::Kind::kAttach, std::move(ours));
  session->AwaitStart(streams.input, container.config().tty());
  return session;
}

}  // namespace berth::runtime
