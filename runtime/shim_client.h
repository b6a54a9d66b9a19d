// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/plan/shim_protocol.h"

namespace berth::runtime {

// A conversation with a shim: one request, its replies. Used by one thread at a time.
class ShimConnection {
 public:
  explicit ShimConnection(sys::Fd socket) : socket_(std::move(socket)) {}

  // The next reply. Unavailable when the shim has closed the connection or speaks another version;
  // else the status of the call when that ends first.
  absl::StatusOr<ShimReply> Receive(const Call& call);
  // The same, with the descriptors that come along, at most so many; those that do not come are
  // not open.
  absl::StatusOr<ShimReply> Receive(const Call& call, std::span<sys::Fd> descriptors);

  // Waits until the shim has closed its end.
  absl::Status AwaitEnd(const Call& call);

  int fd() const { return socket_.get(); }
  [[nodiscard]] sys::Fd Release() { return std::move(socket_); }
  void Close() { socket_ = sys::Fd(); }

 private:
  sys::Fd socket_;
};

// What an attachment gives to the shim: write ends of pipes, -1 for a stream that is not wanted.
struct AttachEnds {
  int output = -1;
  int error = -1;
  bool closes_input = false;
  bool awaits_start = false;  // of a container that is yet to be started
};

struct IpcNamespaces {
  sys::Fd ipc;
  sys::Fd shared_memory;  // a mount namespace
};

// The daemon's end of one pod's shim: a short connection a request. Unavailable when no shim
// answers there (it has died or never was), DeadlineExceeded when one is there but silent; a
// refusal is Internal with what the shim was doing. Thread-safe (no state but a path).
class ShimClient {
 public:
  // `directory` is the pod's state directory.
  explicit ShimClient(absl::string_view directory);

  // Replies kContainer for each container and kSynced; then what happens, as it happens.
  absl::StatusOr<ShimConnection> Subscribe(const Call& call) const;

  // kStarted or kFailed. After an error it is unknown whether the container runs.
  absl::StatusOr<ShimReply> Start(const Call& call, absl::string_view container_id,
                                  absl::string_view encoded_plan) const;

  // Replies kStarted or kFailed, then kExited. `stdio`: standard input, output and error, or
  // nothing for a terminal, whose master comes with kStarted.
  absl::StatusOr<ShimConnection> Exec(const Call& call, const ExecPlan& plan,
                                      std::span<const int> stdio) const;

  // Replies kDone, with an end of the container's input where it has one, or kFailed; then kExited.
  // One that awaits the start gets the input with kStarted, or kFailed then.
  absl::StatusOr<ShimConnection> Attach(const Call& call, absl::string_view container_id,
                                        const AttachEnds& ends) const;

  // TCP sockets in the network namespace of the pod: IPv4 and, where there is one, IPv6.
  absl::StatusOr<std::vector<sys::Fd>> OpenSockets(const Call& call) const;

  // What another pod needs to have the pod's IPC; without `shared_memory` that is the host's.
  absl::StatusOr<IpcNamespaces> OpenIpc(const Call& call) const;

  absl::Status Signal(const Call& call, absl::string_view container_id, int signal,
                      bool all_processes) const;
  // EOPNOTSUPP or so without a terminal.
  absl::Status Resize(const Call& call, absl::string_view container_id, uint16_t rows,
                      uint16_t columns) const;
  absl::Status ReopenLog(const Call& call, absl::string_view container_id) const;
  absl::Status Forget(const Call& call, absl::string_view container_id) const;

  // Ends the shim and all of its containers, and waits until it is gone. OK when it was already.
  absl::Status Shutdown(const Call& call) const;

 private:
  absl::StatusOr<ShimConnection> Send(const Call& call, const ShimRequest& request,
                                      std::span<const int> descriptors) const;
  absl::Status Ask(const Call& call, const ShimRequest& request) const;

  std::string socket_path_;
};

// "mount (/data): No such file or directory", of a kFailed reply; without `item` no brackets. Pure.
std::string FailureText(const ShimReply& reply, absl::string_view item = "");

// Of a kFailed reply: FailedPrecondition when what was asked for has ended,
// ResourceExhausted when the shim serves too many others. Pure.
absl::Status RefusalOf(const ShimReply& reply);

// Of what container a reply tells; empty when of none. Pure.
std::string ContainerIdOf(const ShimReply& reply);

}  // namespace berth::runtime
