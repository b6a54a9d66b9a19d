// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "base/sys/process.h"
#include "base/sys/terminal.h"
#include "runtime/shim/report.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr uint32_t kKeepGroup = ~0U;  // a terminal's group is tty's

// The process may open /dev/stdout anew, which asks for permission on the pipe or terminal itself.
sys::Result GiveToUser(int fd, const Launch& launch) {
  const Pod& pod = launch.pod;
  const runtime::ProcessPlan& process = launch.process;
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(fd));
  bool is_terminal = launch.terminal.slave.is_open();
  if (!is_terminal && !S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode)) {
    return sys::Done{};  // /dev/null and the like are not ours to give
  }
  const uint32_t uid = pod.HostId(process.uid);
  if (info.st_uid == uid) {
    return sys::Done{};
  }
  return sys::SetOwner(fd, uid, is_terminal ? kKeepGroup : pod.HostId(process.gid));
}

sys::Result Place(int fd, int number) {
  return sys::ResultOf(dup2(fd, number), "dup2");
}

}  // namespace

sys::Result OpenTerminal(Launch& launch) {
  if (!launch.process.terminal) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::Terminal terminal,
                       sys::OpenTerminal(launch.root.get(), "/dev/pts/ptmx"));
  SYS_RETURN_IF_ERROR(SendTerminal(launch.report, terminal));
  launch.terminal = std::move(terminal);
  return sys::Done{};
}

sys::Result BindConsole(Launch& launch) {
  if (!launch.terminal.slave.is_open()) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount slave,
                       sys::CloneMount(launch.terminal.slave.get(), "", false));
  SYS_ASSIGN_OR_RETURN(sys::Fd target,
                       sys::EnsureFileInRoot(launch.root.get(), "/dev/console", 0600));
  return slave.AttachAt(target.get());
}

sys::Result SetStandardFds(Launch& launch) {
  StandardFds fds = launch.stdio;
  if (launch.terminal.slave.is_open()) {
    if (launch.pid_namespace < 0) {  // else it is the launched process's, not the launcher's
      SYS_RETURN_IF_ERROR(sys::TakeControllingTerminal(launch.terminal.slave.get()));
    }
    fds.in = fds.out = fds.err = launch.terminal.slave.get();
  }
  // None of them is 0, 1 or 2: the shim holds these.
  SYS_RETURN_IF_ERROR(Place(fds.in, STDIN_FILENO));
  SYS_RETURN_IF_ERROR(Place(fds.out, STDOUT_FILENO));
  SYS_RETURN_IF_ERROR(Place(fds.err, STDERR_FILENO));
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    SYS_RETURN_IF_ERROR(GiveToUser(number, launch));
  }
  return sys::Done{};
}

sys::Result ReopenTerminal(Launch& launch) {
  if (!launch.terminal.slave.is_open()) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(launch.terminal.slave,
                       sys::OpenSlave(launch.root.get(), "/dev/pts", launch.terminal));
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    SYS_RETURN_IF_ERROR(Place(launch.terminal.slave.get(), number));
  }
  return sys::Done{};
}

sys::Result CloseDescriptors(Launch& launch) {
  constexpr int kReport = STDERR_FILENO + 1;
  if (launch.report != kReport) {
    SYS_RETURN_IF_ERROR(sys::ResultOf(dup3(launch.report, kReport, O_CLOEXEC), "dup3"));
    launch.report = kReport;
  }
  return sys::CloseFrom(kReport + 1);
}

}  // namespace berth::shim::steps
