// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/supervisor.h"

#include <signal.h>

#include "base/sys/clock.h"

namespace berth::shim {
namespace {

constexpr size_t kEventsAtATime = 32;
// While something is being killed or drained; otherwise there is no timer.
constexpr int64_t kTick = 20 * sys::kMillisecond;

}  // namespace

sys::Result Supervisor::Run() {
  SYS_RETURN_IF_ERROR(poller_.Add(listener_.get(), EPOLLIN, Tag(Source::kListener, 0)));
  SYS_RETURN_IF_ERROR(poller_.Add(signals_.get(), EPOLLIN, Tag(Source::kSignals, 0)));
  std::array<epoll_event, kEventsAtATime> space;
  int64_t deadline = sys::kNoDeadline;
  while (!done_) {
    SYS_ASSIGN_OR_RETURN(std::span<epoll_event> events, poller_.Wait(space, deadline));
    for (const epoll_event& event : events) {
      Dispatch(event.data.u64, event.events);
    }
    deadline = Tick();
  }
  return sys::Done{};
}

// An earlier event of the same round may have emptied the slot: each handler looks anew.
void Supervisor::Dispatch(uint64_t tag, uint32_t events) {
  size_t number = tag & UINT32_MAX;
  switch (static_cast<Source>(tag >> 32)) {
    case Source::kListener:
      AcceptConnections();
      break;
    case Source::kSignals:
      sys::DrainSignalFd(signals_.get());
      ReapChildren();
      break;
    case Source::kConnection:
      OnConnection(number, events);
      break;
    case Source::kReport:
      OnReport(number, false);
      break;
    case Source::kStdout:
      OnOutput(number, LogStream::kStdout);
      break;
    case Source::kStderr:
      OnOutput(number, LogStream::kStderr);
      break;
    case Source::kExecReport:
      OnExecReport(number);
      break;
    case Source::kAttachedStdout:
      OnAttachedPipe(number, LogStream::kStdout);
      break;
    case Source::kAttachedStderr:
      OnAttachedPipe(number, LogStream::kStderr);
      break;
  }
}

// What cannot wait for events: killing again, deadlines. Returns when to be called next.
int64_t Supervisor::Tick() {
  bool busy = TakeOverLeft();
  containers_.ForEach([&](size_t number, Container& container) {
    if (container.state() == Container::State::kEnding) {
      Settle(number);
      busy = true;
    }
  });
  execs_.ForEach([&](size_t number, ExecProcess& exec) {
    if (exec.abandoned() || exec.state() == ExecProcess::State::kEnded) {
      SettleExec(number);
      busy = true;
    }
  });
  if (shutting_down_) {
    busy = true;
    done_ = KillEverything();
  }
  const int64_t stalled = CutOffStalled();
  return busy ? sys::MonotonicTime() + kTick : stalled;
}

bool Supervisor::KillEverything() {
  bool gone = true;
  containers_.ForEach([&](size_t, Container& container) {
    if (container.state() != Container::State::kExited) {
      (void)container.Signal(SIGKILL);  // tried again until it has ended
      (void)container.SignalAll(SIGKILL);
      gone = false;
    }
  });
  execs_.ForEach([&](size_t, ExecProcess&) { gone = false; });
  if (!gone) {
    return false;
  }
  if (pod_.init.is_open()) {
    (void)sys::SignalProcess(pod_.init.get(), SIGKILL);
    return false;
  }
  runtime::ShimReply reply;
  connections_.ForEach([&](size_t, Connection& connection) {
    if (connection.purpose() == Connection::Purpose::kShutdown) {
      (void)connection.Reply(reply);  // it sees our end, too
    }
  });
  return true;
}

}  // namespace berth::shim
