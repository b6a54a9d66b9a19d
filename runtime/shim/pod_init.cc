// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/pod_init.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/sys/credentials.h"
#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"

namespace berth::runtime {
namespace {

// Containers of the pod can see this process as PID 1; through /proc/1/root they see nothing.
sys::Result EnterEmptyRoot(const char* scratch) {
  sys::ErrnoOr<sys::Fd> top = sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, scratch, O_PATH | O_DIRECTORY);
  if (!top.ok() || !place.ok()) {
    return top.ok() ? place.error() : top.error();
  }
  SYS_RETURN_IF_ERROR(sys::SetMountAttributes(top->get(), 0, 0, MS_PRIVATE, true));
  const sys::MountOption options[] = {{"mode", "555"}, {"size", "4k"}};
  sys::ErrnoOr<sys::DetachedMount> empty = sys::NewMount("tmpfs", options, MOUNT_ATTR_RDONLY);
  if (!empty.ok()) {
    return empty.error();
  }
  SYS_RETURN_IF_ERROR(empty->AttachAt(place->get()));
  return sys::PivotInto(empty->fd());
}

// Signals: all are blocked since before the clone, and SIGCHLD ignored means that children are
// reaped by the kernel.
sys::Result BecomePodInit(const char* scratch) {
  SYS_RETURN_IF_ERROR(sys::SetParentDeathSignal(SIGKILL));
  SYS_RETURN_IF_ERROR(sys::SetProcessName("berth-init"));
  SYS_RETURN_IF_ERROR(EnterEmptyRoot(scratch));
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  if (sigaction(SIGCHLD, &ignored, nullptr) != 0) {
    return sys::Errno::Last("sigaction");
  }
  SYS_RETURN_IF_ERROR(sys::LimitBoundingSet(0));
  return sys::SetCapabilities(0, 0, 0);
}

[[noreturn]] void RunPodInit(const char* scratch, int ready) {
  sys::Result result = BecomePodInit(scratch);
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

sys::ErrnoOr<sys::ClonedProcess> StartPodInit(const char* scratch) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return sys::Errno::Last("pipe2");
  }
  sys::Fd ready(ends[0]);
  sys::Fd report(ends[1]);
  sys::ErrnoOr<sys::ClonedProcess> init =
      sys::CloneProcess({.namespaces = CLONE_NEWPID | CLONE_NEWNS});
  if (!init.ok()) {
    return init;
  }
  if (init->pid == 0) {
    ready = sys::Fd();
    RunPodInit(scratch, report.get());
  }
  report = sys::Fd();
  int error = 0;
  sys::ErrnoOr<size_t> size =
      sys::ReadFull(ready.get(), std::span(reinterpret_cast<char*>(&error), sizeof(error)));
  if (!size.ok()) {
    return size.error();
  }
  if (*size != sizeof(error) || error != 0) {
    return sys::Errno{error != 0 ? error : ECHILD, "start pod init"};
  }
  return init;
}

}  // namespace berth::runtime
