// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/sys/event_loop.h"
#include "base/sys/file.h"
#include "base/sys/namespace.h"
#include "base/sys/pages.h"
#include "base/sys/pipe.h"
#include "base/sys/process.h"
#include "runtime/shim/plan_mapping.h"
#include "runtime/shim/pod.h"
#include "runtime/shim/supervisor.h"

// The linker's: where what is zero at the start begins and ends. All tables are there.
extern "C" char __bss_start[];  // NOLINT(bugprone-reserved-identifier)
extern "C" char _end[];         // NOLINT(bugprone-reserved-identifier)

namespace berth::shim {
namespace {

constinit SupervisorTables tables;

// 0, 1 and 2 are taken, by what belongs to nobody: descriptors for others never get these numbers.
sys::Result DetachStandardFds() {
  SYS_ASSIGN_OR_RETURN(sys::Fd null, sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR));
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null.get() != number && dup2(null.get(), number) < 0) {
      return sys::Errno::Last("dup2");
    }
  }
  if (null.get() <= STDERR_FILENO) {
    (void)null.Release();
  }
  return sys::Done{};
}

// Nothing that a stray signal, a full disk below it or a curious container could do matters from
// here.
sys::Result DetachFromCaller() {
  SYS_RETURN_IF_ERROR(sys::CloseOnExecFrom(STDERR_FILENO + 1));
  SYS_RETURN_IF_ERROR(DetachStandardFds());
  SYS_RETURN_IF_ERROR(sys::BlockSignals());
  SYS_RETURN_IF_ERROR(sys::SetDumpable(false));
  SYS_RETURN_IF_ERROR(sys::SetProcessName("berth-shim"));
  SYS_ASSIGN_OR_RETURN(sys::Fd top, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(sys::ChangeDirectory(top.get()));
  return sys::BecomeSubreaper();
}

// The daemon may first have to move us to the pod's cgroup. When it dies instead, we go on to find
// that we are not in it.
sys::Result AwaitStart() {
  char nothing = 0;
  SYS_ASSIGN_OR_RETURN(size_t size, sys::ReadFull(runtime::kShimReadyFd, {&nothing, 1}));
  return size == 0 ? sys::Result(sys::Done{}) : sys::Errno{EPROTO, "await start"};
}

Failure PreparePod(Pod& pod) {
  if (sys::Result detached = DetachFromCaller(); !detached.ok()) {
    return {runtime::LaunchStep::kProtocol, detached.error().code};
  }
  if (sys::Result awaited = AwaitStart(); !awaited.ok()) {
    return {runtime::LaunchStep::kProtocol, awaited.error().code};
  }
  sys::Fd file(runtime::kShimPlanFd);
  sys::ErrnoOr<PlanMapping> bytes = PlanMapping::Map(file.get());
  if (!bytes.ok()) {
    return {runtime::LaunchStep::kDecodePlan, bytes.error().code};
  }
  sys::ErrnoOr<runtime::PodPlan> plan = runtime::DecodePodPlan(bytes->bytes(), bytes->size());
  if (!plan.ok()) {
    return {runtime::LaunchStep::kDecodePlan, plan.error().code};
  }
  return SetUpPod(*plan, pod);
}

sys::ErrnoOr<sys::Fd> OpenListener() {
  sys::Fd listener(runtime::kShimListenFd);
  SYS_RETURN_IF_ERROR(sys::SetNonBlocking(listener.get()));
  return listener;
}

// Tells the daemon that the pod is there, or why it is not.
void TellReady(const Failure& failure) {
  sys::Fd ready(runtime::kShimReadyFd);
  runtime::ShimReply reply;
  reply.type = failure.happened() ? runtime::ReplyType::kFailed : runtime::ReplyType::kReady;
  reply.step = failure.step;
  reply.error = failure.error;
  reply.item = failure.item;
  reply.pid = getpid();
  // A daemon that is gone asks for containers when it is back, by the listening socket.
  (void)sys::WriteAll(ready.get(), &reply, sizeof(reply));
}

sys::Result Serve(Pod& pod) {
  SYS_ASSIGN_OR_RETURN(sys::Fd listener, OpenListener());
  SYS_ASSIGN_OR_RETURN(sys::Fd signals, sys::OpenSignalFd(SIGCHLD));
  SYS_ASSIGN_OR_RETURN(sys::Poller poller, sys::Poller::Create());
  TellReady({});
  Supervisor supervisor(pod, tables, std::move(poller), std::move(listener), std::move(signals));
  return supervisor.Run();
}

int Main() {
  sys::UseSmallPages(__bss_start, static_cast<size_t>(_end - __bss_start));
  Pod pod;
  Failure failure = PreparePod(pod);
  if (failure.happened()) {
    TellReady(failure);
    return 1;
  }
  return Serve(pod).ok() ? 0 : 1;
}

}  // namespace
}  // namespace berth::shim

int main() {
  return berth::shim::Main();
}
