// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "base/sys/inode.h"
#include "base/sys/namespace.h"
#include "base/sys/socket.h"
#include "runtime/shim/supervisor.h"

namespace berth::shim {
namespace {

constexpr size_t kExecWithStdio = 4;

bool IsTrusted(int socket) {
  sys::ErrnoOr<ucred> peer = sys::PeerCredentials(socket);
  return peer.ok() && peer->uid == 0;
}

}  // namespace

void Supervisor::AcceptConnections() {
  while (true) {
    size_t slot = connections_.FindEmpty();
    if (slot == Connections::kNone) {
      (void)poller_.Remove(listener_.get());  // until one is closed; callers wait in the backlog
      listening_ = false;
      return;
    }
    sys::ErrnoOr<sys::Fd> accepted = sys::Accept(listener_.get());
    if (!accepted.ok()) {
      return;  // EAGAIN: nobody more
    }
    if (!IsTrusted(accepted->get())) {
      continue;
    }
    Connection& connection = connections_.Put(slot, *std::move(accepted));
    if (!poller_.Add(connection.fd(), EPOLLIN, Tag(Source::kConnection, slot)).ok()) {
      connections_.Remove(slot);
    }
  }
}

void Supervisor::OnConnection(size_t number, uint32_t events) {
  Connection* connection = connections_.At(number);
  if (connection == nullptr) {
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    TellNews(number);
    connection = connections_.At(number);
    if (connection == nullptr) {
      return;
    }
  }
  Connection::Received received = connection->Receive();
  switch (received.kind) {
    case Connection::Received::Kind::kRequest:
      OnRequest(number, received);
      break;
    case Connection::Received::Kind::kMalformed:
      Fail(number, {runtime::LaunchStep::kProtocol, EPROTO});
      break;
    case Connection::Received::Kind::kClosed:
      Close(number);
      break;
    case Connection::Received::Kind::kNothing:
      break;
  }
}

void Supervisor::OnRequest(size_t number, Connection::Received& received) {
  const Connection& connection = *connections_.At(number);
  const runtime::RequestType type = received.request.type;
  if (connection.purpose() == Connection::Purpose::kAttachment &&
      type == runtime::RequestType::kCloseInput) {
    CloseInputOf(*attachments_.At(connection.subject()));
    return;
  }
  if (connection.purpose() != Connection::Purpose::kNone) {
    Fail(number, {runtime::LaunchStep::kProtocol, EBUSY});
    return;
  }
  switch (type) {
    case runtime::RequestType::kSubscribe:
      connections_.At(number)->Begin(Connection::Purpose::kSubscription);
      containers_.ForEach([&](size_t i, Container&) { connections_.At(number)->news().set(i); });
      TellNews(number);
      break;
    case runtime::RequestType::kStart:
      OnStart(number, received);
      break;
    case runtime::RequestType::kExec:
      OnExec(number, received);
      break;
    case runtime::RequestType::kAttach:
      OnAttach(number, received);
      break;
    case runtime::RequestType::kSockets:
      OnSockets(number);
      break;
    case runtime::RequestType::kIpc:
      OnIpc(number);
      break;
    case runtime::RequestType::kForget:
      OnForget(number, received.request);
      break;
    case runtime::RequestType::kShutdown:
      connections_.At(number)->Begin(Connection::Purpose::kShutdown);
      shutting_down_ = true;
      break;
    default:
      OnContainerRequest(number, received.request);
  }
}

void Supervisor::OnStart(size_t number, Connection::Received& received) {
  if (received.descriptor_count != 1) {
    Fail(number, {runtime::LaunchStep::kProtocol, EBADF});
    return;
  }
  sys::ErrnoOr<PlanMapping> plan = PlanMapping::Map(received.descriptors[0].get());
  Failure failure = plan.ok() ? StartContainer(number, *plan)
                              : Failure{runtime::LaunchStep::kDecodePlan, plan.error().code};
  if (failure.happened()) {
    Fail(number, failure);
  }
}

void Supervisor::OnExec(size_t number, Connection::Received& received) {
  sys::ErrnoOr<PlanMapping> plan = PlanMapping::Map(received.descriptors[0].get());
  Failure failure = plan.ok() ? StartExec(number, received, *plan)
                              : Failure{runtime::LaunchStep::kDecodePlan, plan.error().code};
  if (failure.happened()) {
    Fail(number, failure);
  }
}

Failure Supervisor::StartExec(size_t number, Connection::Received& received,
                              const PlanMapping& plan) {
  sys::ErrnoOr<runtime::ExecHeader> header = runtime::ReadExecHeader(plan.bytes(), plan.size());
  if (!header.ok()) {
    return {runtime::LaunchStep::kDecodePlan, header.error().code};
  }
  if (received.descriptor_count != (header->process.terminal ? 1 : kExecWithStdio)) {
    return {runtime::LaunchStep::kProtocol, EBADF};
  }
  size_t container = FindContainer(header->container_id);
  if (container == Containers::kNone ||
      containers_.At(container)->state() != Container::State::kRunning) {
    return {runtime::LaunchStep::kProtocol, ESRCH};
  }
  size_t slot = execs_.FindEmpty();
  if (slot == Execs::kNone || !HasRoomForSession(container) || shutting_down_) {
    return {runtime::LaunchStep::kProtocol, EAGAIN};
  }
  const sys::Fd* fds = received.descriptors;
  const StandardFds stdio = {fds[1].get(), fds[2].get(), fds[3].get()};
  ExecProcess& exec = execs_.Put(slot, number, container);
  Failure failure =
      exec.Start(pod_, *containers_.At(container), plan, *header, next_exec_++, stdio);
  if (failure.happened()) {
    exec.LeaveCgroup();
    execs_.Remove(slot);
    return failure;
  }
  connections_.At(number)->Begin(Connection::Purpose::kExec, slot);
  if (!poller_.Add(exec.report_fd(), EPOLLIN, Tag(Source::kExecReport, slot)).ok()) {
    Close(number);  // and so kill it
  }
  return {};
}

bool Supervisor::HasRoomForSession(size_t container) {
  size_t all = 0;
  size_t own = 0;
  const auto count = [&](size_t of) {
    ++all;
    own += of == container ? 1 : 0;
  };
  execs_.ForEach([&](size_t, const ExecProcess& exec) {
    if (exec.connected()) {
      count(exec.container());
    }
  });
  attachments_.ForEach([&](size_t, const Attachment& each) { count(each.container()); });
  return all < kMaxSessions && own < kMaxSessionsOfContainer;
}

void Supervisor::OnContainerRequest(size_t number, const runtime::ShimRequest& request) {
  Container* container = containers_.At(FindContainer(request.container_id));
  if (container == nullptr) {
    Fail(number, {runtime::LaunchStep::kProtocol, ESRCH});
    return;
  }
  sys::Result result = Apply(request, *container);
  if (result.ok()) {
    Answer(number, {});
  } else {
    runtime::LaunchStep step = request.type == runtime::RequestType::kReopenLog
                                   ? runtime::LaunchStep::kLog
                                   : runtime::LaunchStep::kProtocol;
    Fail(number, {step, result.error().code});
  }
}

sys::Result Supervisor::Apply(const runtime::ShimRequest& request, Container& container) {
  switch (request.type) {
    case runtime::RequestType::kSignal:
      return request.all_processes != 0 ? container.SignalAll(request.signal)
                                        : container.Signal(request.signal);
    case runtime::RequestType::kReopenLog:
      return container.ReopenLog();
    case runtime::RequestType::kResize:
      return container.Resize(request.rows, request.columns);
    default:
      return sys::Errno{EOPNOTSUPP, "request"};
  }
}

void Supervisor::OnIpc(size_t number) {
  const sys::ErrnoOr<sys::Fd> own = sys::OpenOwnNamespace("ipc");
  if (!own.ok()) {
    Fail(number, {runtime::LaunchStep::kProtocol, own.error().code});
    return;
  }
  const int descriptors[] = {own->get(), pod_.shared_memory.get()};
  Answer(number, std::span(descriptors).first(pod_.shared_memory.is_open() ? 2 : 1));
}

// Forgetting what is not known is done.
void Supervisor::OnForget(size_t number, const runtime::ShimRequest& request) {
  size_t slot = FindContainer(request.container_id);
  if (Container* container = containers_.At(slot); container != nullptr) {
    if (container->state() != Container::State::kExited) {
      Fail(number, {runtime::LaunchStep::kProtocol, EBUSY});
      return;
    }
    // An exit file that stays is found and removed with the pod's directory.
    (void)sys::RemoveFile(pod_.exits.get(), container->id());
    RemoveContainer(slot);
  }
  Answer(number, {});
}

void Supervisor::Answer(size_t number, std::span<const int> descriptors) {
  if (!connections_.At(number)->Reply({}, descriptors)) {
    Close(number);
  }
}

void Supervisor::Fail(size_t number, const Failure& failure) {
  if (!connections_.At(number)->Fail(failure)) {
    Close(number);
  }
}

void Supervisor::Close(size_t number) {
  Connection& connection = *connections_.At(number);
  (void)poller_.Remove(connection.fd());
  if (connection.purpose() == Connection::Purpose::kExec) {
    execs_.At(connection.subject())->Abandon();
  } else if (connection.purpose() == Connection::Purpose::kAttachment) {
    Detach(connection.subject());
  }
  connections_.Remove(number);
  if (!listening_) {
    listening_ = poller_.Add(listener_.get(), EPOLLIN, Tag(Source::kListener, 0)).ok();
  }
}

// Sends what a subscriber is to be told for as long as it takes it; the rest when it reads again.
void Supervisor::TellNews(size_t number) {
  Connection& connection = *connections_.At(number);
  if (connection.purpose() != Connection::Purpose::kSubscription) {
    return;
  }
  bool sent = true;
  for (size_t i = 0; i < runtime::kMaxContainersPerPod && sent; ++i) {
    Container* container = containers_.At(i);
    if (!connection.news().test(i) || container == nullptr) {
      continue;
    }
    runtime::ShimReply reply;
    container->Describe(reply);
    const bool exited = connection.synced() && reply.running == 0;
    reply.type = exited ? runtime::ReplyType::kExited : runtime::ReplyType::kContainer;
    sent = connection.Reply(reply);
    connection.news().set(i, !sent);
  }
  if (sent && !connection.synced()) {
    runtime::ShimReply reply;
    reply.type = runtime::ReplyType::kSynced;
    sent = connection.Reply(reply);
    connection.set_synced(sent);
  }
  uint32_t events = sent ? EPOLLIN : EPOLLIN | EPOLLOUT;
  if (!poller_.Change(connection.fd(), events, Tag(Source::kConnection, number)).ok()) {
    Close(number);
  }
}

// A container has exited, or runs and nobody was told: every subscriber learns of it.
void Supervisor::Announce(size_t container) {
  connections_.ForEach([&](size_t number, Connection& connection) {
    if (connection.purpose() == Connection::Purpose::kSubscription) {
      connection.news().set(container);
      TellNews(number);
    }
  });
}

size_t Supervisor::FindContainer(std::string_view id) {
  return containers_.Find([id](const Container& container) { return id == container.id(); });
}

}  // namespace berth::shim
