// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <algorithm>

#include "base/sys/clock.h"
#include "base/sys/pipe.h"
#include "base/sys/socket.h"
#include "runtime/shim/supervisor.h"

namespace berth::shim {
namespace {

AttachmentSpace attachment_space[runtime::kMaxAttachments];

constexpr LogStream kStreams[] = {LogStream::kStdout, LogStream::kStderr};

}  // namespace

Failure Supervisor::CheckAttach(const Connection::Received& received) {
  const runtime::ShimRequest& request = received.request;
  const size_t number = FindContainer(request.container_id);
  Container* container = containers_.At(number);
  const bool early = request.awaits_start != 0 && container == nullptr && !shutting_down_;
  if (!early && (container == nullptr || container->state() != Container::State::kRunning)) {
    return {runtime::LaunchStep::kProtocol, ESRCH};
  }
  const size_t wanted = (request.attach_stdout != 0 ? 1 : 0) + (request.attach_stderr != 0 ? 1 : 0);
  if (received.descriptor_count != wanted ||
      (request.attach_stderr != 0 && container != nullptr && container->has_terminal())) {
    return {runtime::LaunchStep::kProtocol, EBADF};
  }
  for (size_t i = 0; i < wanted; ++i) {
    if (sys::Result set = sys::SetNonBlocking(received.descriptors[i].get()); !set.ok()) {
      return {runtime::LaunchStep::kStdio, set.error().code};
    }
  }
  return HasRoomForAttachment(number) ? Failure{} : Failure{runtime::LaunchStep::kProtocol, EAGAIN};
}

bool Supervisor::HasRoomForAttachment(size_t container) {
  size_t own = 0;
  attachments_.ForEach(
      [&](size_t, const Attachment& each) { own += each.container() == container ? 1 : 0; });
  return own < kMaxAttachmentsOfContainer && attachments_.FindEmpty() != Attachments::kNone &&
         HasRoomForSession(container);
}

void Supervisor::OnAttach(size_t number, Connection::Received& received) {
  if (Failure failure = CheckAttach(received); failure.happened()) {
    Fail(number, failure);
    return;
  }
  const runtime::ShimRequest& request = received.request;
  const size_t container_number = FindContainer(request.container_id);
  Container* container = containers_.At(container_number);
  const size_t slot = attachments_.FindEmpty();
  Attachment& attachment = attachments_.Put(slot, attachment_space[slot], number, container_number,
                                            request.closes_input != 0);
  sys::Fd* next = received.descriptors;
  for (LogStream name : kStreams) {
    const bool wanted =
        (name == LogStream::kStdout ? request.attach_stdout : request.attach_stderr) != 0;
    if (wanted) {
      sys::Fd end = std::move(*next++);
      if (container == nullptr ||
          container->stream(name).is_open()) {  // else its end is all there is to tell
        attachment.pipe(name).Open(std::move(end));
      }
    }
  }
  connections_.At(number)->Begin(Connection::Purpose::kAttachment, slot);
  if (container == nullptr) {
    attachment.Await(request.container_id);
  }
  const int input[] = {container != nullptr ? container->input_fd() : -1};
  Answer(number, std::span(input).first(input[0] >= 0 ? 1 : 0));
}

// A container that was awaited is known, and nothing of it has been read.
void Supervisor::BindAttachments(size_t container) {
  attachments_.ForEach([&](size_t, Attachment& attachment) {
    if (attachment.Awaits(containers_.At(container)->id())) {
      attachment.Bind(container);
    }
  });
}

void Supervisor::TellStart(size_t number) {
  attachments_.ForEach([&](size_t slot, Attachment& attachment) {
    if (!attachment.IsStartedBy(number) || !attachment.TakeStart()) {
      return;
    }
    if (containers_.At(number)->has_terminal()) {  // which has no error stream
      attachment.pipe(LogStream::kStderr).End();
      UpdatePipe(slot, LogStream::kStderr);
    }
    const size_t client = attachment.connection();
    const int input[] = {containers_.At(number)->input_fd()};
    runtime::ShimReply reply;
    reply.type = runtime::ReplyType::kStarted;
    if (!connections_.At(client)->Reply(reply, std::span(input).first(input[0] >= 0 ? 1 : 0))) {
      Close(client);
    }
  });
}

// Those that have awaited a container whose start has failed.
void Supervisor::FailAttachments(size_t container, const Failure& failure) {
  attachments_.ForEach([&](size_t slot, Attachment& attachment) {
    if (attachment.IsStartedBy(container)) {
      const size_t client = attachment.connection();
      attachment.End(Containers::kNone, 0);
      for (LogStream name : kStreams) {
        attachment.pipe(name).CutOff();
        UpdatePipe(slot, name);
      }
      attachments_.Remove(slot);
      connections_.At(client)->Finish();
      Fail(client, failure);
    }
  });
}

void Supervisor::OnSockets(size_t number) {
  sys::Fd sockets[runtime::kMaxPodSockets];
  int numbers[runtime::kMaxPodSockets];
  size_t count = 0;
  for (int family : {AF_INET, AF_INET6}) {
    sys::ErrnoOr<sys::Fd> made = sys::MakeTcpSocket(family);
    if (!made.ok() && (made.error().code != EAFNOSUPPORT || family == AF_INET)) {
      Fail(number, {runtime::LaunchStep::kProtocol, made.error().code});
      return;
    }
    if (made.ok()) {
      sockets[count] = *std::move(made);
      numbers[count] = sockets[count].get();
      ++count;
    }
  }
  Answer(number, std::span(numbers).first(count));
}

// The client will send no more.
void Supervisor::CloseInputOf(Attachment& attachment) {
  Container* container = containers_.At(attachment.container());
  if (attachment.closes_input() && container != nullptr) {
    container->CloseInput();
  }
}

void Supervisor::Detach(size_t slot) {
  Attachment& attachment = *attachments_.At(slot);
  CloseInputOf(attachment);
  for (LogStream name : kStreams) {
    attachment.pipe(name).CutOff();
    UpdatePipe(slot, name);
  }
  attachments_.Remove(slot);
}

void Supervisor::Give(size_t container, LogStream name, std::string_view bytes) {
  attachments_.ForEach([&](size_t slot, Attachment& attachment) {
    if (attachment.container() == container) {
      attachment.pipe(name).Give(bytes);
      UpdatePipe(slot, name);
    }
  });
}

void Supervisor::OnAttachedPipe(size_t slot, LogStream name) {
  Attachment* attachment = attachments_.At(slot);
  if (attachment == nullptr || !attachment->pipe(name).watched()) {
    return;
  }
  attachment->pipe(name).Flush();
  UpdatePipe(slot, name);
  TellExit(slot);
}

// Watches a pipe as long as something waits for it, during which its container's stream is not
// read, and closes one that has got all.
void Supervisor::UpdatePipe(size_t slot, LogStream name) {
  Attachment& attachment = *attachments_.At(slot);
  AttachedPipe& pipe = attachment.pipe(name);
  const Source source =
      name == LogStream::kStdout ? Source::kAttachedStdout : Source::kAttachedStderr;
  const bool changed = pipe.waits() != pipe.watched();
  if (changed && !pipe.waits()) {
    (void)poller_.Remove(pipe.fd());
    pipe.set_watched(false);
  } else if (changed && poller_.Add(pipe.fd(), EPOLLOUT, Tag(source, slot)).ok()) {
    pipe.set_watched(true);
  } else if (changed) {
    pipe.CutOff();
  }
  if (pipe.finished()) {
    pipe.Close();
  }
  if (changed) {
    WatchStream(attachment.container(), name);
  }
}

bool Supervisor::IsHeldUp(size_t container, LogStream name) {
  return attachments_.Find([=](Attachment& attachment) {
    return attachment.container() == container && attachment.pipe(name).waits();
  }) != Attachments::kNone;
}

void Supervisor::EndStream(size_t container, LogStream name) {
  attachments_.ForEach([&](size_t slot, Attachment& attachment) {
    if (attachment.container() == container) {
      attachment.pipe(name).End();
      UpdatePipe(slot, name);
    }
  });
}

// What waits for a slow reader is written after the exit, too.
void Supervisor::EndAttachments(size_t container, int exit_code) {
  attachments_.ForEach([&](size_t slot, Attachment& attachment) {
    if (attachment.container() == container) {
      attachment.End(Containers::kNone, exit_code);
      for (LogStream name : kStreams) {
        UpdatePipe(slot, name);
      }
      TellExit(slot);
    }
  });
}

void Supervisor::TellExit(size_t slot) {
  const Attachment& attachment = *attachments_.At(slot);
  if (!attachment.finished()) {
    return;
  }
  const size_t client = attachment.connection();
  runtime::ShimReply reply;
  reply.type = runtime::ReplyType::kExited;
  reply.exit_code = attachment.exit_code();
  attachments_.Remove(slot);
  connections_.At(client)->Finish();
  if (!connections_.At(client)->Reply(reply)) {
    Close(client);
  }
}

// Returns when the first of those that are left is to be cut off.
int64_t Supervisor::CutOffStalled() {
  int64_t next = sys::kNoDeadline;
  const int64_t now = sys::MonotonicTime();
  attachments_.ForEach([&](size_t slot, Attachment& attachment) {
    for (LogStream name : kStreams) {
      AttachedPipe& pipe = attachment.pipe(name);
      if (pipe.waits() && now >= pipe.deadline()) {
        pipe.CutOff();
        UpdatePipe(slot, name);
      } else if (pipe.waits()) {
        next = std::min(next, pipe.deadline());
      }
    }
    TellExit(slot);
  });
  return next;
}

}  // namespace berth::shim
