// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/pod_init.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/sys/credentials.h"
#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"
#include "base/sys/pipe.h"
#include "runtime/shim/proc.h"

namespace berth::shim {
namespace {

// Containers of the pod can see this process as PID 1; through /proc/1/root they see nothing.
sys::Result EnterEmptyRoot(const char* scratch, const std::string& label) {
  sys::ErrnoOr<sys::Fd> top = sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, scratch, O_PATH | O_DIRECTORY);
  if (!top.ok() || !place.ok()) {
    return top.ok() ? place.error() : top.error();
  }
  SYS_RETURN_IF_ERROR(sys::SetMountAttributes(top->get(), 0, 0, MS_PRIVATE, true));
  std::vector<sys::MountOption> options = {{"mode", "555"}, {"size", "4k"}};
  if (!label.empty()) {
    options.push_back({"context", label.c_str()});
  }
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount empty,
                       sys::NewMount("tmpfs", options, MOUNT_ATTR_RDONLY));
  SYS_RETURN_IF_ERROR(empty.AttachAt(place->get()));
  return sys::PivotInto(empty.fd());
}

// On top of its own root, where only the shim looks, for the containers that join.
sys::Result MountProc() {
  SYS_ASSIGN_OR_RETURN(sys::Fd root, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  SYS_ASSIGN_OR_RETURN(
      sys::DetachedMount proc,
      sys::NewMount("proc", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  return proc.AttachAt(root.get());
}

// Signals: all are blocked since before the clone, and SIGCHLD ignored means that children are
// reaped by the kernel.
sys::Result BecomePodInit(const char* scratch, const PodInitLabels& labels) {
  SYS_RETURN_IF_ERROR(sys::SetParentDeathSignal(SIGKILL));
  SYS_RETURN_IF_ERROR(sys::SetProcessName("berth-init"));
  SYS_ASSIGN_OR_RETURN(sys::Fd self, sys::OpenAt(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(EnterEmptyRoot(scratch, labels.root));
  SYS_RETURN_IF_ERROR(MountProc());
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  SYS_RETURN_IF_ERROR(sys::ResultOf(sigaction(SIGCHLD, &ignored, nullptr), "sigaction"));
  SYS_RETURN_IF_ERROR(sys::LimitBoundingSet(0));
  SYS_RETURN_IF_ERROR(sys::SetCapabilities(0, 0, 0));
  // Last, since a policy lets a container do none of the above.
  return labels.process.empty() ? sys::Result(sys::Done{})
                                : WriteProc(self.get(), "attr/current", labels.process);
}

[[noreturn]] void RunPodInit(const char* scratch, const PodInitLabels& labels, int ready) {
  sys::Result result = BecomePodInit(scratch, labels);
  int error = result.ok() ? 0 : result.error().code;
  // EPIPE: our parent died before it could take us along.
  if (!sys::WriteAll(ready, &error, sizeof(error)).ok() || error != 0) {
    _exit(1);
  }
  (void)sys::CloseFrom(0);  // it has been tried out on close-on-exec at the start
  while (true) {
    pause();
  }
}

}  // namespace

sys::ErrnoOr<sys::ClonedProcess> StartPodInit(const char* scratch, const PodInitLabels& labels) {
  SYS_ASSIGN_OR_RETURN(sys::Pipe report, sys::MakePipe());
  SYS_ASSIGN_OR_RETURN(sys::ClonedProcess init,
                       sys::CloneProcess({.namespaces = CLONE_NEWPID | CLONE_NEWNS}));
  if (init.pid == 0) {
    report.reader = sys::Fd();
    RunPodInit(scratch, labels, report.writer.get());
  }
  report.writer = sys::Fd();
  int error = 0;
  SYS_ASSIGN_OR_RETURN(size_t size,
                       sys::ReadFull(report.reader.get(),
                                     std::span(reinterpret_cast<char*>(&error), sizeof(error))));
  if (size != sizeof(error) || error != 0) {
    return sys::Errno{error != 0 ? error : ECHILD, "start pod init"};
  }
  return init;
}

}  // namespace berth::shim
