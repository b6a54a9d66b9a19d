// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/sys/event_loop.h"
#include "base/sys/fd.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim/attachment.h"
#include "runtime/shim/connection.h"
#include "runtime/shim/container.h"
#include "runtime/shim/exec_process.h"
#include "runtime/shim/pod.h"
#include "runtime/shim/recent_ends.h"
#include "runtime/shim/slots.h"

namespace berth::shim {

// Sessions, which are execs and attachments, last for as long as their clients like. One more than
// these is refused with EAGAIN, so that there is a connection left for every other request, and
// that no container's clients keep out those of another.
inline constexpr size_t kMaxSessions = 224;  // of a pod
inline constexpr size_t kMaxSessionsOfContainer = 192;
inline constexpr size_t kMaxAttachmentsOfContainer = 8;

using Containers = Slots<Container, runtime::kMaxContainersPerPod>;
using Execs = Slots<ExecProcess, runtime::kMaxShimConnections>;
using Attachments = Slots<Attachment, runtime::kMaxAttachments>;
using Connections = Slots<Connection, runtime::kMaxShimConnections>;

// Meant to be a static object that is all zeros: its pages exist once they are used.
struct SupervisorTables {
  Containers containers;
  Execs execs;
  Attachments attachments;
  Connections connections;
};

// Owns the pod's containers and their execs, answers the daemon, and never waits for anything but
// events. All tables are fixed; there is one in a process.
class Supervisor {
 public:
  Supervisor(Pod& pod, SupervisorTables& tables, sys::Poller poller, sys::Fd listener,
             sys::Fd signals)
      : pod_(pod),
        containers_(tables.containers),
        execs_(tables.execs),
        attachments_(tables.attachments),
        connections_(tables.connections),
        poller_(std::move(poller)),
        listener_(std::move(listener)),
        signals_(std::move(signals)) {}

  // Serves until told to shut down, with all processes gone. Fails only when it cannot begin.
  sys::Result Run();

 private:
  // What an event is about; with the number of a slot it is the event's tag.
  enum class Source : uint32_t {
    kListener,
    kSignals,
    kConnection,
    kReport,
    kStdout,
    kStderr,
    kExecReport,
    kAttachedStdout,
    kAttachedStderr
  };
  static uint64_t Tag(Source source, size_t number) {
    return uint64_t{static_cast<uint32_t>(source)} << 32 | number;
  }
  void Dispatch(uint64_t tag, uint32_t events);

  // supervisor_requests.cc
  void AcceptConnections();
  void OnConnection(size_t number, uint32_t events);
  void OnRequest(size_t number, Connection::Received& received);
  void OnStart(size_t number, Connection::Received& received);
  void OnExec(size_t number, Connection::Received& received);
  Failure StartExec(size_t number, Connection::Received& received, const PlanMapping& plan);
  bool HasRoomForSession(size_t container);
  void OnContainerRequest(size_t number, const runtime::ShimRequest& request);
  sys::Result Apply(const runtime::ShimRequest& request, Container& container);
  void OnIpc(size_t number);
  void OnForget(size_t number, const runtime::ShimRequest& request);
  void Answer(size_t number, std::span<const int> descriptors);
  void Fail(size_t number, const Failure& failure);
  void Close(size_t number);
  void TellNews(size_t number);
  void Announce(size_t container);
  size_t FindContainer(std::string_view id);

  // supervisor_attachments.cc
  Failure CheckAttach(const Connection::Received& received);
  bool HasRoomForAttachment(size_t container);
  void OnAttach(size_t number, Connection::Received& received);
  void BindAttachments(size_t container);
  void TellStart(size_t container);
  void FailAttachments(size_t container, const Failure& failure);
  void OnSockets(size_t number);
  void CloseInputOf(Attachment& attachment);
  void Detach(size_t slot);
  void Give(size_t container, LogStream name, std::string_view bytes);
  void OnAttachedPipe(size_t slot, LogStream name);
  void UpdatePipe(size_t slot, LogStream name);
  bool IsHeldUp(size_t container, LogStream name);
  void EndStream(size_t container, LogStream name);
  void EndAttachments(size_t container, int exit_code);
  void TellExit(size_t slot);
  int64_t CutOffStalled();

  // supervisor_programs.cc
  void OnStartingProgramEnded(size_t number, sys::ExitStatus program);
  void OnJoiningProgramEnded(size_t number, sys::ExitStatus program);
  bool TakeOverLeft();

  // supervisor_processes.cc
  Failure StartContainer(size_t number, const PlanMapping& plan);
  sys::ErrnoOr<int> PidNamespaceFor(const runtime::LaunchHeader& header, sys::Fd& of_other_pod);
  void OnReport(size_t number, bool ended);
  size_t StarterOf(size_t number);  // connection of who waits for it, or kNone
  void OnStarted(size_t number);
  void OnStartFailed(size_t number, const Failure& failure);
  void OnOutput(size_t number, LogStream stream);
  void WatchOutput(size_t number);
  void WatchStream(size_t number, LogStream name);
  void DrainOutput(size_t number);
  void OnExecReport(size_t number);
  void FinishExecStart(size_t number);
  void HearLaunches();
  void ReapChildren();
  void OnEnded(pid_t pid, sys::ExitStatus status);
  void OnContainerEnded(size_t number, sys::ExitStatus status);
  void OnExecEnded(size_t number, sys::ExitStatus status);
  void Settle(size_t number);
  void SettleExec(size_t number);
  void RemoveContainer(size_t number);
  int64_t Tick();
  bool KillEverything();

  Pod& pod_;
  Containers& containers_;
  Execs& execs_;
  Attachments& attachments_;
  Connections& connections_;
  sys::Poller poller_;
  sys::Fd listener_;
  sys::Fd signals_;
  bool listening_ = true;  // not while all connections are taken
  RecentEnds recent_ends_;
  bool shutting_down_ = false;
  bool done_ = false;
  unsigned next_exec_ = 0;
};

}  // namespace berth::shim
