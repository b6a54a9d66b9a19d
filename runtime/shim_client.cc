// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_client.h"

#include <errno.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/deadline.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/memory_file.h"
#include "base/sys/socket.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kMaxSendTime = absl::Hours(24);

ShimRequest MakeRequest(RequestType type, absl::string_view container_id) {
  ShimRequest request;
  request.type = type;
  const size_t size = std::min(container_id.size(), sizeof(request.container_id) - 1);
  memcpy(request.container_id, container_id.data(), size);
  return request;
}

// Only what says that no shim is there any more is Unavailable.
absl::Status NoAnswer(const sys::Errno& error, absl::string_view doing) {
  switch (error.code) {
    case ETIMEDOUT:
    case EAGAIN:  // its queue of connections is full
      return absl::DeadlineExceededError(absl::StrCat(doing, ": the shim does not answer"));
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:
    case EPIPE:
      return absl::UnavailableError(
          absl::StrCat(doing, ": ", error.call, ": ", strerror(error.code)));
    default:
      return ErrnoStatus(error, doing);
  }
}

absl::StatusOr<sys::Fd> PlanFile(absl::string_view encoded) {
  return ToStatusOr(sys::SealedMemoryFile("plan", encoded.data(), encoded.size()),
                    "make a file for the plan");
}

}  // namespace

std::string FailureText(const ShimReply& reply, absl::string_view item) {
  std::string error = strerror(reply.error);
  if (reply.step == LaunchStep::kHooks && reply.error < 0) {
    error = absl::StrCat("exit code ", -reply.error);
  } else if (reply.step == LaunchStep::kProgram) {
    error = absl::StrCat("exit code ", reply.error);
  } else if (reply.error == ETIMEDOUT) {
    error = "timed out";  // no connection has
  } else if (reply.step == LaunchStep::kExec && reply.error == EINTR) {
    error = "killed before the program began";  // no call was interrupted
  }
  return absl::StrCat(StepName(reply.step), item.empty() ? "" : absl::StrCat(" (", item, ")"), ": ",
                      error);
}

absl::Status RefusalOf(const ShimReply& reply) {
  if (reply.step == LaunchStep::kProtocol && reply.error == ESRCH) {
    return absl::FailedPreconditionError("the process has ended");
  }
  if (reply.step == LaunchStep::kProtocol && reply.error == EAGAIN) {
    return absl::ResourceExhaustedError("the pod's shim serves too many others");
  }
  return ErrnoStatus(sys::Errno{reply.error, StepName(reply.step)}, "the shim refuses");
}

std::string ContainerIdOf(const ShimReply& reply) {
  return std::string(reply.container_id, strnlen(reply.container_id, sizeof(reply.container_id)));
}

absl::StatusOr<ShimReply> ShimConnection::Receive(const Call& call) {
  sys::Fd ignored;
  return Receive(call, std::span(&ignored, 1));
}

absl::StatusOr<ShimReply> ShimConnection::Receive(const Call& call,
                                                  std::span<sys::Fd> descriptors) {
  ShimReply reply;
  const std::span<char> bytes(reinterpret_cast<char*>(&reply), sizeof(reply));
  while (true) {
    sys::ErrnoOr<sys::PacketSize> size =
        sys::ReceivePacket(socket_.get(), bytes, descriptors, MonotonicDeadline(call.NextLook()));
    if (size.ok() && size->bytes == sizeof(reply) && reply.version == kShimProtocolVersion) {
      return reply;
    }
    if (size.ok()) {
      return absl::UnavailableError(size->bytes == 0 ? "the shim has closed the connection"
                                                     : "the shim speaks another protocol");
    }
    if (size.error().code != ETIMEDOUT) {
      return NoAnswer(size.error(), "receive from the shim");
    }
    RETURN_IF_ERROR(Annotate(call.Check(), "waiting for the shim"));
  }
}

absl::Status ShimConnection::AwaitEnd(const Call& call) {
  while (true) {
    absl::StatusOr<ShimReply> reply = Receive(call);
    if (absl::IsUnavailable(reply.status())) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(reply.status());
  }
}

ShimClient::ShimClient(absl::string_view directory)
    : socket_path_(JoinPath(directory, "shim.sock")) {}

absl::StatusOr<ShimConnection> ShimClient::Send(const Call& call, const ShimRequest& request,
                                                std::span<const int> descriptors) const {
  sys::ErrnoOr<sys::Fd> socket = sys::ConnectTo(socket_path_.c_str());
  if (!socket.ok()) {
    return NoAnswer(socket.error(), "connect to the shim");
  }
  sys::Result sent = sys::SendPacket(socket->get(), &request, sizeof(request), descriptors,
                                     MonotonicDeadline(call.Within(kMaxSendTime).deadline()));
  if (!sent.ok()) {
    return NoAnswer(sent.error(), "send to the shim");
  }
  return ShimConnection(*std::move(socket));
}

absl::Status ShimClient::Ask(const Call& call, const ShimRequest& request) const {
  ASSIGN_OR_RETURN(ShimConnection connection, Send(call, request, {}));
  ASSIGN_OR_RETURN(ShimReply reply, connection.Receive(call));
  return reply.type == ReplyType::kFailed ? RefusalOf(reply) : absl::OkStatus();
}

absl::StatusOr<ShimConnection> ShimClient::Subscribe(const Call& call) const {
  return Send(call, MakeRequest(RequestType::kSubscribe, ""), {});
}

absl::StatusOr<ShimReply> ShimClient::Start(const Call& call, absl::string_view container_id,
                                            absl::string_view encoded_plan) const {
  ASSIGN_OR_RETURN(sys::Fd plan, PlanFile(encoded_plan));
  const int descriptors[] = {plan.get()};
  ASSIGN_OR_RETURN(ShimConnection connection,
                   Send(call, MakeRequest(RequestType::kStart, container_id), descriptors));
  return connection.Receive(call);
}

absl::StatusOr<ShimConnection> ShimClient::Exec(const Call& call, const ExecPlan& plan,
                                                std::span<const int> stdio) const {
  ASSIGN_OR_RETURN(sys::Fd file, PlanFile(Encode(plan)));
  std::vector<int> descriptors = {file.get()};
  descriptors.insert(descriptors.end(), stdio.begin(), stdio.end());
  return Send(call, MakeRequest(RequestType::kExec, plan.container_id), descriptors);
}

absl::StatusOr<ShimConnection> ShimClient::Attach(const Call& call, absl::string_view container_id,
                                                  const AttachEnds& ends) const {
  ShimRequest request = MakeRequest(RequestType::kAttach, container_id);
  request.attach_stdout = ends.output >= 0 ? 1 : 0;
  request.attach_stderr = ends.error >= 0 ? 1 : 0;
  request.closes_input = ends.closes_input ? 1 : 0;
  request.awaits_start = ends.awaits_start ? 1 : 0;
  std::vector<int> descriptors;
  for (const int end : {ends.output, ends.error}) {
    if (end >= 0) {
      descriptors.push_back(end);
    }
  }
  return Send(call, request, descriptors);
}

absl::StatusOr<std::vector<sys::Fd>> ShimClient::OpenSockets(const Call& call) const {
  ASSIGN_OR_RETURN(ShimConnection connection,
                   Send(call, MakeRequest(RequestType::kSockets, ""), {}));
  std::vector<sys::Fd> sockets(kMaxPodSockets);
  ASSIGN_OR_RETURN(const ShimReply reply, connection.Receive(call, sockets));
  if (reply.type == ReplyType::kFailed) {
    return RefusalOf(reply);
  }
  sockets.erase(std::find_if(sockets.begin(), sockets.end(),
                             [](const sys::Fd& socket) { return !socket.is_open(); }),
                sockets.end());
  return sockets;
}

absl::StatusOr<IpcNamespaces> ShimClient::OpenIpc(const Call& call) const {
  ASSIGN_OR_RETURN(ShimConnection connection, Send(call, MakeRequest(RequestType::kIpc, ""), {}));
  std::array<sys::Fd, 2> descriptors;
  ASSIGN_OR_RETURN(const ShimReply reply, connection.Receive(call, descriptors));
  if (reply.type == ReplyType::kFailed) {
    return RefusalOf(reply);
  }
  return IpcNamespaces{std::move(descriptors[0]), std::move(descriptors[1])};
}

absl::Status ShimClient::Signal(const Call& call, absl::string_view container_id, int signal,
                                bool all_processes) const {
  ShimRequest request = MakeRequest(RequestType::kSignal, container_id);
  request.signal = signal;
  request.all_processes = all_processes ? 1 : 0;
  return Ask(call, request);
}

absl::Status ShimClient::Resize(const Call& call, absl::string_view container_id, uint16_t rows,
                                uint16_t columns) const {
  ShimRequest request = MakeRequest(RequestType::kResize, container_id);
  request.rows = rows;
  request.columns = columns;
  return Ask(call, request);
}

absl::Status ShimClient::ReopenLog(const Call& call, absl::string_view container_id) const {
  return Ask(call, MakeRequest(RequestType::kReopenLog, container_id));
}

absl::Status ShimClient::Forget(const Call& call, absl::string_view container_id) const {
  return Ask(call, MakeRequest(RequestType::kForget, container_id));
}

absl::Status ShimClient::Shutdown(const Call& call) const {
  absl::StatusOr<ShimConnection> connection =
      Send(call, MakeRequest(RequestType::kShutdown, ""), {});
  if (absl::IsUnavailable(connection.status())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(connection.status());
  return connection->AwaitEnd(call);
}

}  // namespace berth::runtime
