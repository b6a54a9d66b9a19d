// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/sys/file.h"
#include "base/sys/namespace.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

// A new /proc would be of the namespace that the launcher is in, not of that of its children. That
// of the pod's init lies on top of its root. Where a user namespace has locked what is mounted in
// /proc to it, that comes along.
sys::Result TakeProc(Launch& launch) {
  const char* path = launch.plan->pid_namespace == runtime::PidNamespace::kPod ? "/" : "/proc";
  const bool whole = launch.pod.has_user_namespace() &&
                     launch.plan->pid_namespace == runtime::PidNamespace::kTarget;
  SYS_ASSIGN_OR_RETURN(sys::Fd own, sys::OpenOwnNamespace("mnt"));
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(launch.pid_namespace, CLONE_NEWNS));
  SYS_ASSIGN_OR_RETURN(launch.proc, sys::CloneMount(AT_FDCWD, path, whole));
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(own.get(), CLONE_NEWNS));
  struct statfs filesystem = {};
  if (fstatfs(launch.proc.fd(), &filesystem) != 0 || filesystem.f_type != PROC_SUPER_MAGIC) {
    return sys::Errno{ENOTTY, "find /proc"};
  }
  return sys::Done{};
}

}  // namespace

sys::Result EnterOwnNamespaces(Launch& launch) {
  SYS_RETURN_IF_ERROR(sys::NewSession());
  umask(0);  // modes are the plan's until the process is its own
  if (launch.pid_namespace >= 0) {
    SYS_RETURN_IF_ERROR(TakeProc(launch));
    SYS_RETURN_IF_ERROR(sys::EnterNamespaces(launch.pid_namespace, CLONE_NEWPID));
  }
  // Not at the clone: the namespace's root is the cgroup that its maker is in, which is ours only
  // now.
  return launch.plan->cgroup_namespace ? sys::UnshareNamespaces(CLONE_NEWCGROUP)
                                       : sys::Result(sys::Done{});
}

sys::Result EnterContainerNamespaces(Launch& launch) {
  SYS_RETURN_IF_ERROR(sys::NewSession());
  SYS_RETURN_IF_ERROR(
      sys::EnterNamespaces(launch.pid_namespace, CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWPID));
  SYS_ASSIGN_OR_RETURN(launch.root, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  return sys::Done{};
}

sys::Result StopPropagation(Launch&) {
  SYS_ASSIGN_OR_RETURN(sys::Fd top, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  return sys::SetMountAttributes(top.get(), 0, 0, MS_SLAVE, true);
}

}  // namespace berth::shim::steps
